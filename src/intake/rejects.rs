//! The rejects file: rows that were not taken, as they were, with what to do about each.

use std::io::Write;
use std::path::{Path, PathBuf};

/// Columns beside the original ones; the intake ignores columns that begin with `_`.
const ADDED: [&str; 5] = ["_line", "_column", "_rule", "_reason", "_fix"];

/// Writes a rejects file; it appears whole when finished, or not at all.
pub struct RejectsWriter {
    csv: csv::Writer<tempfile::NamedTempFile>,
    /// Which columns of the table are its own: not those an earlier rejects file added.
    kept: Vec<bool>,
    path: PathBuf,
}

impl RejectsWriter {
    /// Begins a file with the header of the table it belongs to.
    ///
    /// # Errors
    /// The disk.
    pub fn create(path: &Path, header: &[String]) -> std::io::Result<Self> {
        // A link is followed: what it names is replaced, not the link.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        // Excel in Chinese Windows reads UTF-8 without this mark as GBK.
        file.write_all("\u{feff}".as_bytes())?;
        let mut csv = csv::WriterBuilder::new().flexible(true).from_writer(file);
        let kept: Vec<bool> = header.iter().map(|title| !ADDED.contains(&title.as_str())).collect();
        let titles = header.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(title, _)| title.as_str());
        csv.write_record(titles.chain(ADDED))?;
        Ok(Self { csv, kept, path })
    }

    /// Adds one row with its fault.
    ///
    /// # Errors
    /// The disk.
    pub fn write(&mut self, cells: &[String], line: u64, column: &str, rule: &str, reason: &str, fix: &str) -> std::io::Result<()> {
        let line = line.to_string();
        // Cells beyond the header stay: they may be what is wrong with the row.
        let own = self.kept.iter().enumerate().filter(|(_, kept)| **kept).map(|(at, _)| cells.get(at).map_or("", String::as_str));
        let beyond = cells.iter().skip(self.kept.len()).map(String::as_str);
        self.csv.write_record(own.chain(beyond).chain([line.as_str(), column, rule, reason, fix]))?;
        Ok(())
    }

    /// Ends the file and puts it in its place.
    ///
    /// # Errors
    /// The disk.
    pub fn finish(self) -> std::io::Result<()> {
        let file = self.csv.into_inner().map_err(|error| std::io::Error::other(error.to_string()))?;
        // A pipe or a device is written to, never replaced.
        if self.path.metadata().is_ok_and(|there| !there.is_file()) {
            let mut out = std::fs::OpenOptions::new().write(true).open(&self.path)?;
            std::io::copy(&mut file.reopen()?, &mut out)?;
            return Ok(());
        }
        file.as_file().sync_all()?;
        file.persist(&self.path).map_err(|error| error.error)?;
        Ok(())
    }

    /// Takes away the rejects of an earlier run, which this one has none of; a file that is none of ours stays.
    ///
    /// # Errors
    /// The disk.
    pub fn clear(path: &Path) -> std::io::Result<()> {
        if !path.metadata().is_ok_and(|there| there.is_file()) {
            return Ok(());
        }
        let mut first = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(std::fs::File::open(path)?), &mut first)?;
        if first.trim_end().ends_with(&ADDED.join(",")) { std::fs::remove_file(path) } else { Ok(()) }
    }
}
