//! What speaks for the log outside the database: files of notes and duty lines, exchange packages, public keys.

use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use anyhow::Result;
use sha2::{Digest, Sha256};

use crate::context::Context;
use crate::db::{Db, audit_checkpoints, hex};
use crate::failure::{Exit, Failure, of_file};
use crate::ledger::{self, AnchorFault, Judgement, PublicKey, Witness};
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

/// Walks the chain with both connections and holds it against the database's own checkpoints and these witnesses.
pub(super) fn judge(ctx: &mut Context, outside: Vec<Witness>, keys: &[PublicKey]) -> Result<Judgement> {
    let progress = ctx.progress(&say!("progress-verifying"), None);
    let url = ctx.url()?;
    ctx.db()?.one_picture(|db| -> Result<_> {
        let mut witnesses = ledger::remembered(&audit_checkpoints::all(db)?);
        witnesses.extend(outside);
        let sizes: Vec<u64> = witnesses.iter().map(|witness| witness.anchor.size).collect();
        let mut walk = |second: Option<&mut Db>| ledger::verify_to(db, second, &sizes, |n| progress.advance(n));
        // One more pair of eyes where the machine has them; without it the work is only slower.
        let verdict = match Db::open(&url) {
            Ok(mut second) => second.one_picture(|second| walk(Some(second)))?,
            Err(_) => walk(None)?,
        };
        Ok(ledger::judge(verdict, witnesses, keys))
    })
}
