//! What speaks for the log outside the database: files of notes and duty lines, exchange packages, public keys.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use anyhow::Result;
use sha2::{Digest, Sha256};

use super::verify::{first_line, foreign, of_export};
use crate::context::Context;
use crate::db::{Db, audit_checkpoints, audit_purges, hex};
use crate::failure::{Exit, Failure, of_file};
use crate::ledger::{self, AnchorFault, Judgement, PublicKey, Verdict, Witness};
use crate::say;

/// Nobody writes down more than this.
const MOST_BYTES: u64 = 16 << 20;
/// The note in a package, and what the package says of itself.
pub(super) const NOTE: &str = "checkpoint.note";
pub(super) const MANIFEST: &str = "MANIFEST.json";

/// What to hold the log against.
#[derive(Debug, Default, clap::Args)]
pub(super) struct Outside {
    /// Checkpoints kept outside: notes, duty lines or a package; - is stdin
    #[arg(long, value_name = "FILE")]
    anchor: Vec<PathBuf>,
    /// A line of the duty sheet, as it was printed
    #[arg(long, value_name = "LINE")]
    duty: Vec<String>,
    /// Public key, or a file with it; only what it signed then counts
    #[arg(long, value_name = "KEY")]
    public_key: Vec<String>,
}

impl Outside {
    /// Whether anything was named to hold the log against.
    pub(super) fn is_empty(&self) -> bool {
        self.anchor.is_empty() && self.duty.is_empty()
    }

    /// Reads everything that was named; each must be about the log of this name.
    pub(super) fn witnesses(&self, origin: &str) -> Result<Vec<Witness>> {
        let mut found = Vec::new();
        for path in &self.anchor {
            found.extend(read(path, origin)?);
        }
        for line in &self.duty {
            found.extend(parse(line, "duty", origin)?);
        }
        Ok(found)
    }

    pub(super) fn keys(&self) -> Result<Vec<PublicKey>> {
        let key = |named: &String| -> Result<PublicKey> {
            let text = if named.contains('+') && !Path::new(named).exists() { named.clone() } else { text_of(Path::new(named))? };
            let key = PublicKey::read(&text);
            Ok(key.ok_or_else(|| Failure::new("log.public-key", Exit::Usage, say!("log-public-key", key = named.clone())))?)
        };
        self.public_key.iter().map(key).collect()
    }
}

/// The anchors in a file.
pub(super) fn read(path: &Path, origin: &str) -> Result<Vec<Witness>> {
    parse(&text_of(path)?, &path.display().to_string(), origin)
}

/// The same of a file that may not be there yet.
pub(super) fn read_if_there(path: &Path, origin: &str) -> Result<Vec<Witness>> {
    if path.exists() { read(path, origin) } else { Ok(Vec::new()) }
}

fn parse(text: &str, source: &str, origin: &str) -> Result<Vec<Witness>> {
    let refuse = |line: u64, message: String| Failure::new("log.anchor", Exit::Conflict, message).in_file(Path::new(source)).at_line(line);
    let anchors = ledger::read_anchors(text).map_err(|(line, fault)| match fault {
        AnchorFault::Unknown => refuse(line, say!("log-anchor-unknown")),
        AnchorFault::Slip => refuse(line, say!("log-anchor-slip")),
    })?;
    if anchors.is_empty() {
        return Err(refuse(1, say!("log-anchor-empty")).into());
    }
    if let Some(other) = anchors.iter().find(|anchor| !anchor.is_of(origin)) {
        return Err(refuse(other.line, say!("log-anchor-other", origin = origin)).into());
    }
    Ok(anchors.into_iter().map(|anchor| Witness { source: source.to_owned(), outside: true, anchor }).collect())
}

/// A text, or the note in a package.
fn text_of(path: &Path) -> Result<String> {
    let mut bytes = Vec::new();
    let read = if path.as_os_str() == "-" {
        std::io::stdin().lock().take(MOST_BYTES).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(MOST_BYTES).read_to_end(&mut bytes))
    };
    read.map_err(|error| of_file(path, &error))?;
    if bytes.starts_with(b"PK") {
        let note = unpack(&bytes);
        return Ok(note.ok_or_else(|| Failure::new("log.package", Exit::Integrity, say!("log-package")).in_file(path))?);
    }
    Ok(String::from_utf8(bytes).map_err(|_| Failure::new("log.anchor", Exit::Conflict, say!("log-anchor-unknown")).in_file(path))?)
}

/// The note of a package that says of itself what is in it; none where they differ.
fn unpack(bytes: &[u8]) -> Option<String> {
    let mut package = zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
    let mut file = |name: &str| -> Option<String> {
        let mut text = String::new();
        package.by_name(name).ok()?.take(MOST_BYTES).read_to_string(&mut text).ok()?;
        Some(text)
    };
    let (manifest, note) = (file(MANIFEST)?, file(NOTE)?);
    let manifest: serde_json::Value = serde_json::from_str(&manifest).ok()?;
    let named = manifest["files"].as_array()?.iter().find(|file| file["path"] == NOTE)?;
    (named["sha256"] == hex(&Sha256::digest(&note))).then_some(note)
}

/// Proves an export of the log of this name by itself, and returns it with the roots at these sizes.
pub(super) fn proved(ctx: &Context, path: &Path, origin: &str, sizes: &[u64]) -> Result<Verdict> {
    let file = std::fs::File::open(path).map_err(|error| of_file(path, &error))?;
    let progress = ctx.progress_of_bytes(&say!("progress-verifying"), file.metadata().ok().map(|file| file.len()));
    let (of, verdict) = ledger::check_file(file, sizes, |n| progress.advance(n)).map_err(|fault| of_export(path, fault))?;
    let refuse = |exit, message| Failure::new("log.export-unfit", exit, message).in_file(path);
    if let Some((no, _)) = verdict.broken {
        return Err(refuse(Exit::Integrity, say!("log-export-broken", no = no.to_string())).into());
    }
    if of != origin {
        return Err(refuse(Exit::Conflict, say!("log-anchor-other", origin = origin)).into());
    }
    Ok(verdict)
}

/// Walks the chain with both connections and holds it against the database's own checkpoints and these witnesses; those
/// about what was taken away are held against its exports.
pub(super) fn judge(ctx: &mut Context, outside: Vec<Witness>, keys: &[PublicKey], exports: &[PathBuf]) -> Result<Judgement> {
    let origin = ledger::origin(ctx.db()?)?;
    let (cut, checkpoints) = (audit_purges::last(ctx.db()?)?, audit_checkpoints::all(ctx.db()?)?);
    let mut below = BTreeMap::new();
    if !exports.is_empty() {
        let Some(cut) = &cut else {
            return Err(Failure::new("log.nothing-purged", Exit::Conflict, say!("log-nothing-purged")).into());
        };
        let anchors = ledger::remembered(&checkpoints).into_iter().chain(outside.iter().cloned()).map(|witness| witness.anchor.size);
        let mut sizes: Vec<u64> = anchors.chain([cut.last_no.unsigned_abs()]).collect();
        for path in exports {
            sizes.push(first_number(path)?.saturating_sub(1));
        }
        let proved = exports.iter().map(|path| proved(ctx, path, &origin, &sizes)).collect::<Result<Vec<_>>>()?;
        below = ledger::roots_below(cut, &proved).ok_or_else(|| {
            Failure::new("log.export-other", Exit::Integrity, say!("log-export-other", no = cut.last_no.to_string()))
                .hint(say!("log-broken-hint"))
        })?;
    }
    let (url, now) = (ctx.url()?, ctx.clock.now());
    let progress = ctx.progress(&say!("progress-verifying"), None);
    ctx.db()?.one_picture(|db| -> Result<_> {
        // Somebody may have cut the log since its exports were read.
        if audit_purges::last(db)? != cut {
            return Err(crate::cli::import::moved("audit_purge"));
        }
        let mut witnesses = ledger::remembered(&audit_checkpoints::all(db)?);
        witnesses.extend(outside);
        let sizes: Vec<u64> = witnesses.iter().map(|witness| witness.anchor.size).collect();
        let walk = |db: &mut Db, second: Option<&mut Db>| ledger::verify_to(db, second, &sizes, Some(now), |n| progress.advance(n));
        // One more pair of eyes where the machine has them; without it the work is only slower.
        let mut verdict = db.passing_through(|db| match Db::open(&url) {
            Ok(mut second) => second.one_picture(|second| second.passing_through(|second| walk(db, Some(second)))),
            Err(_) => walk(db, None),
        })?;
        verdict.roots.append(&mut below);
        Ok(ledger::judge(verdict, witnesses, keys))
    })
}

/// The number an export begins with.
fn first_number(path: &Path) -> Result<u64> {
    let file = std::fs::File::open(path).map_err(|error| of_file(path, &error))?;
    Ok(first_line(file).and_then(|line| line["from"].as_u64()).ok_or_else(|| foreign(path))?)
}
