//! Reading rule files: a header of `-- key: value` lines, then one SELECT.

use std::path::Path;

use super::text::{self, TextFault};

#[derive(rust_embed::RustEmbed)]
#[folder = "sql/audit/"]
#[include = "*.sql"]
struct Files;

/// How soon a finding wants somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// A note.
    Low,
    /// Next month.
    Medium,
    /// Within 15 days.
    High,
    /// Today.
    Critical,
}

impl Severity {
    /// All of them, mildest first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The word in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// Reads the word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.name() == name)
    }
}

/// One audit rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// `ACC-001`.
    pub id: String,
    /// What it finds, in kebab case.
    pub name: String,
    pub severity: Severity,
    pub title_zh: String,
    pub title_en: String,
    /// The clause that asks for it.
    pub clause: String,
    /// Names bound into the SELECT.
    pub parameters: Vec<String>,
    /// The command that mends it.
    pub remedy_zh: String,
    pub remedy_en: String,
    pub why_zh: String,
    pub why_en: String,
    pub waivable: bool,
    /// One SELECT that returns `t`, `k`, `d`.
    pub sql: String,
}

/// A rule file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleError {
    pub file: String,
    /// Of the text; none where a line is missing.
    pub line: Option<u64>,
    /// What is wrong, in the words of the header: `no id`, `unknown severity`, …
    pub fault: String,
}

impl Rule {
    /// The area: the letters before the dash.
    pub fn area(&self) -> &str {
        self.id.split('-').next().unwrap_or(&self.id)
    }

    /// The tables it reads.
    pub fn tables(&self) -> Vec<String> {
        text::tables(&self.sql)
    }

    fn read(file: &str, source: &str) -> Result<Self, RuleError> {
        let error = |fault: &str| RuleError { file: file.to_owned(), line: None, fault: fault.to_owned() };
        let (header, sql): (Vec<&str>, Vec<&str>) = source.lines().partition(|line| line.starts_with("--"));
        let value = |key: &str| {
            header.iter().find_map(|line| {
                let (found, value) = line.trim_start_matches('-').split_once(':')?;
                (found.trim() == key).then(|| value.trim().to_owned())
            })
        };
        let needed = |key: &str| value(key).filter(|text| !text.is_empty()).ok_or_else(|| error(&format!("no {key}")));
        let sql = sql.join("\n").trim().trim_end_matches(';').to_owned();
        let rule = Self {
            id: needed("id")?,
            name: needed("name")?,
            severity: Severity::from_name(&needed("severity")?).ok_or_else(|| error("unknown severity"))?,
            title_zh: needed("title.zh")?,
            title_en: needed("title.en")?,
            clause: needed("clause")?,
            parameters: value("parameters")
                .unwrap_or_default()
                .split([',', ' '])
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect(),
            remedy_zh: value("remedy.zh").or_else(|| value("remedy")).filter(|text| !text.is_empty()).ok_or_else(|| error("no remedy"))?,
            remedy_en: value("remedy.en").or_else(|| value("remedy")).filter(|text| !text.is_empty()).ok_or_else(|| error("no remedy"))?,
            why_zh: value("why.zh").unwrap_or_default(),
            why_en: value("why.en").unwrap_or_default(),
            waivable: value("waivable").as_deref() != Some("false"),
            sql,
        };
        text::check(source).map_err(|TextFault { line, fault }| RuleError { file: file.to_owned(), line: Some(line), fault })?;
        Ok(rule)
    }
}

/// The rules compiled in, by id.
///
/// # Errors
/// None in a tested build: a test reads every file.
pub fn built_in() -> Result<Vec<Rule>, RuleError> {
    let mut rules = Vec::new();
    for name in Files::iter() {
        let file = Files::get(&name).map(|file| file.data).unwrap_or_default();
        rules.push(Rule::read(&name, &String::from_utf8_lossy(&file))?);
    }
    rules.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(rules)
}

/// A site's own rules, by file name. A folder that is not there means none, unless it `must` be.
///
/// # Errors
/// A file that cannot be read or is no rule.
pub fn site(folder: &Path, must: bool) -> Result<Vec<Rule>, RuleError> {
    let refuse = |error: std::io::Error| RuleError { file: folder.display().to_string(), line: None, fault: error.to_string() };
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !must => return Ok(Vec::new()),
        read => read.and_then(Iterator::collect::<std::io::Result<Vec<_>>>).map_err(refuse)?,
    };
    let mut paths: Vec<_> =
        entries.iter().map(std::fs::DirEntry::path).filter(|path| path.extension().is_some_and(|end| end == "sql")).collect();
    paths.sort();
    paths
        .iter()
        .map(|path| {
            let file = path.display().to_string();
            let text =
                std::fs::read_to_string(path).map_err(|error| RuleError { file: file.clone(), line: None, fault: error.to_string() })?;
            Rule::read(&file, &text)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_compiled_in_rule_explains_itself_in_both_languages() {
        for rule in built_in().unwrap() {
            assert!(!rule.why_zh.is_empty() && !rule.why_en.is_empty(), "{}", rule.id);
            for name in &rule.parameters {
                assert!(rule.sql.contains(&format!(":{name}")), "{} does not use :{name}", rule.id);
            }
        }
    }

    #[test]
    fn a_file_that_could_write_is_no_rule() {
        let header = "-- id: X-1\n-- name: x\n-- severity: low\n-- title.zh: 甲\n-- title.en: x\n-- clause: c\n-- remedy: r\n";
        assert_eq!(Rule::read("x", &format!("{header}DELETE FROM unit")).unwrap_err().fault, "not one SELECT");
        assert_eq!(Rule::read("x", &format!("{header}SELECT 1; DROP TABLE unit")).unwrap_err().fault, "more than one statement");
        assert_eq!(Rule::read("x", "SELECT 1").unwrap_err().fault, "no id");
        assert!(Rule::read("x", &format!("{header}SELECT 'a' AS t, 'b' AS k, 'c' AS d;")).is_ok());
    }
}
