use std::path::Path;

/// The ways a report can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    Table,
    Plain,
    Json,
    Jsonl,
    Csv,
    Tsv,
    Markdown,
    Ids,
    Count,
    Xlsx,
    Docx,
    Html,
    /// Findings alone: SARIF 2.1.0.
    Sarif,
    /// Findings alone: JUnit's XML.
    Junit,
}

impl Format {
    /// The formats of every command, in the order help shows them.
    pub const ALL: [Format; 12] = [
        Format::Table,
        Format::Plain,
        Format::Json,
        Format::Jsonl,
        Format::Csv,
        Format::Tsv,
        Format::Markdown,
        Format::Ids,
        Format::Count,
        Format::Xlsx,
        Format::Docx,
        Format::Html,
    ];

    /// The formats of findings: of a command that inspects, and no other.
    pub const OF_FINDINGS: [Format; 2] = [Format::Sarif, Format::Junit];

    /// The word for `--format`.
    pub fn name(self) -> &'static str {
        match self {
            Format::Table => "table",
            Format::Plain => "plain",
            Format::Json => "json",
            Format::Jsonl => "jsonl",
            Format::Csv => "csv",
            Format::Tsv => "tsv",
            Format::Markdown => "markdown",
            Format::Ids => "ids",
            Format::Count => "count",
            Format::Xlsx => "xlsx",
            Format::Docx => "docx",
            Format::Html => "html",
            Format::Sarif => "sarif",
            Format::Junit => "junit",
        }
    }

    /// Finds the format a word means.
    pub fn from_name(name: &str) -> Option<Format> {
        Format::ALL.into_iter().chain(Format::OF_FINDINGS).find(|format| format.name() == name)
    }

    /// Guesses the format from how a file's name ends; capitals do not matter.
    pub fn from_ending(path: &Path) -> Option<Format> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        match ending.as_str() {
            "json" => Some(Format::Json),
            "jsonl" => Some(Format::Jsonl),
            "csv" => Some(Format::Csv),
            "tsv" => Some(Format::Tsv),
            "md" => Some(Format::Markdown),
            "txt" => Some(Format::Plain),
            "xlsx" => Some(Format::Xlsx),
            "docx" => Some(Format::Docx),
            "html" | "htm" => Some(Format::Html),
            "sarif" => Some(Format::Sarif),
            "xml" => Some(Format::Junit),
            _ => None,
        }
    }

    /// Whether a program reads it: the same in every language, and always UTF-8.
    pub fn is_machine(self) -> bool {
        !matches!(self, Format::Table | Format::Plain | Format::Markdown | Format::Xlsx | Format::Docx | Format::Html)
    }

    /// Whether it is no text, and so nothing for a terminal.
    pub fn is_binary(self) -> bool {
        matches!(self, Format::Xlsx | Format::Docx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_found_by_its_own_name() {
        for format in Format::ALL.into_iter().chain(Format::OF_FINDINGS) {
            assert_eq!(Format::from_name(format.name()), Some(format));
        }
        assert_eq!(Format::from_name("yaml"), None);
    }

    #[test]
    fn the_ending_of_a_file_name_tells_the_format() {
        let guess = |name: &str| Format::from_ending(Path::new(name));
        assert_eq!(guess("年报/2026.XLSX"), Some(Format::Xlsx));
        assert_eq!(guess("users.csv"), Some(Format::Csv));
        assert_eq!(guess("users.txt"), Some(Format::Plain));
        assert_eq!(guess("json"), None);
        assert_eq!(guess("users.doc"), None);
    }
}
