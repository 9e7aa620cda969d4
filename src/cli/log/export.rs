use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::verify::of_export;
use crate::cli::columns::{left, report, right};
use crate::cli::interrupt::Litter;
use crate::context::{Context, Outcome};
use crate::db::{audit_logs, audit_purges, hex};
use crate::failure::{Exit, Failure, of_file};
use crate::ledger::{self, Entry, Part};
use crate::say;

/// Write a range of the log to a file that proves itself
///
/// JSON lines: each entry in its canonical form between the hash before it and its own.
/// `swj log verify --file` needs nothing else. The same range is always the same bytes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// New file; only its owner can read it
    file: PathBuf,
    /// First link of the range; the oldest there is if not given
    #[arg(long, value_name = "NO")]
    from: Option<i64>,
    /// Last link of the range; the newest there is if not given
    #[arg(long, value_name = "NO")]
    to: Option<i64>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    ctx.vet()?;
    let origin = ledger::origin(ctx.db()?)?;
    let purged = audit_purges::last(ctx.db()?)?.map_or(0, |cut| cut.last_no);
    let last = audit_logs::head(ctx.db()?)?.map_or(purged, |seal| seal.no);
    let (from, to) = (args.from.unwrap_or(purged + 1), args.to.unwrap_or(last));
    if from <= purged || from > to || to > last {
        let range = Failure::new("log.range", Exit::NotFound, say!("log-range", from = from.to_string(), to = to.to_string()));
        return Err(range.hint(say!("log-range-hint", first = (purged + 1).to_string(), last = last.to_string())).into());
    }
    // A device has no end to compare with.
    if args.file.metadata().is_ok_and(|there| !there.is_file()) {
        return Err(Failure::new("log.export-there", Exit::Conflict, say!("log-export-there")).in_file(&args.file).into());
    }
    let progress = ctx.progress(&say!("progress-exporting"), Some(last.unsigned_abs()));
    let dry_run = ctx.globals.dry_run;
    let (part, written) = ctx.db()?.one_picture(|db| -> Result<_> {
        if dry_run {
            let part = ledger::export(db, &origin, from, to, &mut std::io::sink(), |n| progress.advance(n));
            return Ok((part.map_err(|fault| of_export(&args.file, fault))?, false));
        }
        // Beside its place first: half an export must not lie where a whole one is looked for.
        let folder = args.file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = tempfile::Builder::new().prefix(".swj-export-").tempfile_in(folder).map_err(|error| of_file(&args.file, &error))?;
        let _litter = Litter::at(file.path());
        let mut out = std::io::BufWriter::with_capacity(1 << 20, file);
        let part =
            ledger::export(db, &origin, from, to, &mut out, |n| progress.advance(n)).map_err(|fault| of_export(&args.file, fault))?;
        let place = |error: std::io::Error| of_file(&args.file, &error);
        out.flush().map_err(place)?;
        let file = out.into_inner().map_err(|error| place(error.into_error()))?;
        file.as_file().sync_all().map_err(place)?;
        match file.persist_noclobber(&args.file) {
            Ok(_) => Ok((part, true)),
            Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => {
                if sha256_of(&args.file)? == part.sha256 {
                    return Ok((part, false));
                }
                Err(Failure::new("log.export-there", Exit::Conflict, say!("log-export-there")).in_file(&args.file).into())
            }
            Err(error) => Err(place(error.error).into()),
        }
    })?;
    drop(progress);
    record(ctx, &part)?;
    let mut report = report(
        "log.export",
        vec![left("file"), right("from"), right("to"), right("entries"), right("bytes"), left("sha256"), left("head"), left("root")],
    );
    report.push(vec![
        args.file.display().to_string().into(),
        part.from.into(),
        part.to.into(),
        (part.to - part.from + 1).into(),
        part.bytes.into(),
        part.sha256.clone().into(),
        part.head.clone().into(),
        hex(&part.root).into(),
    ]);
    ctx.show(report)?;
    ctx.remark(&match (dry_run, written) {
        (true, _) => say!("dry-run"),
        (_, true) => say!("log-exported", from = part.from.to_string(), to = part.to.to_string(), path = args.file.display().to_string()),
        (_, false) => say!("log-exported-before", path = args.file.display().to_string()),
    });
    Ok(Outcome::Done)
}

/// Notes the export in the log, once for the same range and content.
fn record(ctx: &mut Context, part: &Part) -> Result<()> {
    let range = format!("{}-{}", part.from, part.to);
    let told = audit_logs::told(ctx.db()?, "log export", "audit_log", &range)?;
    if told.into_iter().flatten().any(|document| document.0["sha256"] == part.sha256) {
        return Ok(());
    }
    ctx.write(|_, log| {
        let new = json!({ "sha256": part.sha256, "bytes": part.bytes, "head": part.head, "root": hex(&part.root) });
        log.push(Entry { verb: "log export", table: Some("audit_log"), key: Some(range), old: None, new: Some(new) });
        Ok(())
    })
}

/// The hash of a file.
pub(super) fn sha256_of(path: &Path) -> Result<String> {
    let mut hash = Hashing(Sha256::new());
    let copied = std::fs::File::open(path).and_then(|mut file| std::io::copy(&mut file, &mut hash));
    copied.map_err(|error| of_file(path, &error))?;
    Ok(hex(&hash.0.finalize()))
}

struct Hashing(Sha256);

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
