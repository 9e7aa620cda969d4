//! The rejects file: rows that were not taken, as they were, with what to do about each.

use std::io::Write;
use std::path::{Path, PathBuf};

/// Columns beside the original ones; the intake ignores columns that begin with `_`.
const ADDED: [&str; 5] = ["_line", "_column", "_rule", "_reason", "_fix"];

/// Writes a rejects file; it appears whole when finished, or not at all.
pub struct RejectsWriter {
    csv: csv::Writer<tempfile::NamedTempFile>,
    width: usize,
    path: PathBuf,
}

impl RejectsWriter {
    /// Begins a file with the header of the table it belongs to.
    ///
    /// # Errors
    /// The disk.
    pub fn create(path: &Path, header: &[String]) -> std::io::Result<Self> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        // Excel in Chinese Windows reads UTF-8 without this mark as GBK.
        file.write_all("\u{feff}".as_bytes())?;
        let mut csv = csv::WriterBuilder::new().flexible(true).from_writer(file);
        let kept: Vec<&str> = header.iter().map(String::as_str).filter(|title| !title.starts_with('_')).collect();
        csv.write_record(kept.iter().copied().chain(ADDED))?;
        Ok(Self { csv, width: kept.len(), path: path.to_owned() })
    }

    /// Adds one row with its fault.
    ///
    /// # Errors
    /// The disk.
    pub fn write(&mut self, cells: &[String], line: u64, column: &str, rule: &str, reason: &str, fix: &str) -> std::io::Result<()> {
        let line = line.to_string();
        let blanks = std::iter::repeat_n("", self.width.saturating_sub(cells.len()));
        let original = cells.iter().take(self.width.max(cells.len())).map(String::as_str).chain(blanks);
        self.csv.write_record(original.chain([line.as_str(), column, rule, reason, fix]))?;
        Ok(())
    }

    /// Ends the file and puts it in its place.
    ///
    /// # Errors
    /// The disk.
    pub fn finish(self) -> std::io::Result<()> {
        let file = self.csv.into_inner().map_err(|error| std::io::Error::other(error.to_string()))?;
        file.as_file().sync_all()?;
        file.persist(&self.path).map_err(|error| error.error)?;
        Ok(())
    }
}
