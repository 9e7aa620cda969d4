use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::anchors::{self, MANIFEST, NOTE};
use crate::cli::columns::{left, report, right};
use crate::context::{Context, Outcome, write_file};
use crate::db::audit_checkpoints::{self, NewCheckpoint};
use crate::db::{canonical, hex};
use crate::failure::{Exit, Failure, of_file};
use crate::ledger::{self, Checkpoint, Duty, Entry, Key};
use crate::{say, secret};

/// Sign the size and root of the log, and write them down outside
///
/// The whole log is proved first, and held against the checkpoints made before. What is
/// kept where the operator cannot reach shows later that nothing before it was changed
/// or cut off: give the line to the duty sheet, the file to another machine, the package
/// to another organ.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Make the signing key, in a new file only its owner can read
    #[arg(long, value_name = "FILE", conflicts_with = "key")]
    init_key: Option<PathBuf>,
    /// Signing key; log.key of the configuration if not given
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Add the note to this file, which may be on another machine's disk
    #[arg(long, value_name = "FILE")]
    anchor: Vec<PathBuf>,
    /// Exports of what was purged, where the file has checkpoints about it
    #[arg(long, value_name = "FILE")]
    export: Vec<PathBuf>,
    /// Write a package for the exchange: the note, and what it is
    #[arg(long, value_name = "FILE")]
    package: Option<PathBuf>,
    /// The printed line is written on the duty sheet
    #[arg(long)]
    print: bool,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    ctx.vet()?;
    let at = ctx.clock.now();
    let origin = ledger::origin(ctx.db()?)?;
    let key = key(ctx, args, &origin)?;
    let mut files = args.anchor.clone();
    if files.is_empty()
        && let Some(file) = ctx.config.path("log.anchor")
    {
        files.push(file);
    }
    if key.is_none() && (!files.is_empty() || args.package.is_some()) {
        return Err(Failure::new("log.no-key", Exit::Usage, say!("log-no-key")).hint(say!("log-no-key-hint")).into());
    }
    if !ctx.globals.dry_run {
        ledger::seal_all(ctx.db()?, at)?;
    }
    // A checkpoint over a log that does not hold would vouch for what was done to it.
    let mut before = Vec::new();
    for file in &files {
        before.extend(anchors::read_if_there(file, &origin)?);
    }
    let judgement = anchors::judge(ctx, before, &[], &args.export)?;
    if let Some((no, _)) = judgement.broken {
        return Err(super::verify::broken_at(no));
    }
    // A checkpoint of a later day that holds proves the cut; without one, whoever forged it would have it signed.
    if judgement.unproved() > 0 && !key.as_ref().is_some_and(|key| judgement.vouched_by(&key.public())) {
        let message = say!("log-checkpoint-unproved", last = judgement.verdict.purged.to_string());
        return Err(Failure::new("log.unproved", Exit::Conflict, message).hint(say!("log-checkpoint-unproved-hint")).into());
    }
    let tree = &judgement.verdict.tree;
    if tree.size() == 0 {
        return Err(Failure::new("log.empty", Exit::Conflict, say!("log-empty")).into());
    }
    let checkpoint = Checkpoint { origin: origin.clone(), size: tree.size(), root: tree.root() };
    let note = key.as_ref().map(|key| key.sign(&checkpoint));
    let duty = Duty::of(&checkpoint).to_string();
    let places = places(args, &files);
    let anchored_to = (!places.is_empty()).then(|| places.join("; "));
    let (init_key, public) = (args.init_key.clone(), key.as_ref().map(|key| key.public().to_string()));
    let new = NewCheckpoint {
        origin: origin.clone(),
        tree_size: checkpoint.size as i64,
        head_hash: judgement.verdict.head.clone(),
        root_hash: hex(&checkpoint.root),
        signed_note: note.clone(),
        created_at: at,
        anchored_at: anchored_to.as_ref().map(|_| at),
        anchored_to: anchored_to.clone(),
    };
    let dry_run = ctx.globals.dry_run;
    let package = args.package.as_deref();
    let id = ctx.write(|db, log| {
        let id = audit_checkpoints::add(db, &new)?;
        log.push(Entry {
            verb: "log checkpoint",
            table: Some("audit_checkpoint"),
            key: Some(new.tree_size.to_string()),
            old: None,
            new: Some(json!({ "tree_size": new.tree_size, "root_hash": new.root_hash, "head_hash": new.head_hash,
                "anchored_to": new.anchored_to, "public_key": public })),
        });
        if !dry_run {
            // Outside comes last: a note the database then fails to record is true all the same, a record without its
            // note would not be.
            if let (Some(path), Some(key)) = (&init_key, &key) {
                secret::write(path, |out| out.write_all(key.text().as_bytes()))?;
            }
            if let Some(note) = &note {
                for file in &files {
                    add_to(file, note).map_err(|error| of_file(file, &error))?;
                }
                if let Some(path) = package {
                    pack(path, &origin, note, &checkpoint, &at.rfc3339())?;
                }
            }
        }
        Ok(id)
    })?;
    let mut report = report(
        "log.checkpoint",
        vec![right("size"), left("root"), left("head"), left("duty"), left("anchored_to"), right("id"), left("public_key"), left("note")],
    );
    report.push(vec![
        checkpoint.size.into(),
        new.root_hash.clone().into(),
        new.head_hash.clone().into(),
        duty.into(),
        anchored_to.clone().into(),
        id.into(),
        public.into(),
        note.into(),
    ]);
    ctx.show(report)?;
    ctx.remark(&match anchored_to {
        _ if dry_run => say!("dry-run"),
        Some(places) => say!("log-checkpoint-anchored", size = checkpoint.size.to_string(), places = places),
        None => say!("log-checkpoint-inside", size = checkpoint.size.to_string()),
    });
    Ok(Outcome::Done)
}

/// The key that signs: made now, named, or configured.
fn key(ctx: &Context, args: &Args, origin: &str) -> Result<Option<Key>> {
    if let Some(path) = &args.init_key {
        if path.exists() {
            let path = path.display().to_string();
            return Err(Failure::new("log.key-there", Exit::Conflict, say!("log-key-there", path = path))
                .hint(say!("log-key-there-hint"))
                .into());
        }
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| anyhow::anyhow!("{error}"))?;
        return Ok(Key::new(origin, seed));
    }
    let Some(path) = args.key.clone().or_else(|| ctx.config.path("log.key")) else { return Ok(None) };
    let key = Key::read(&secret::read(&path)?);
    Ok(Some(key.ok_or_else(|| Failure::new("log.key", Exit::Usage, say!("log-key", path = path.display().to_string())))?))
}

/// Where it is written down, in words for the record.
fn places(args: &Args, files: &[PathBuf]) -> Vec<String> {
    let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string();
    let mut places: Vec<String> = files.iter().map(|file| format!("file {}", whole(file))).collect();
    places.extend(args.package.as_deref().map(|file| format!("package {}", whole(file))));
    places.extend(args.print.then(|| "duty sheet".to_owned()));
    places
}

/// Adds a note at the end of a file, and waits until the disk has it.
fn add_to(path: &Path, note: &str) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path)?;
    let gap = if file.metadata()?.len() > 0 { "\n" } else { "" };
    file.write_all(format!("{gap}{note}").as_bytes())?;
    // A pipe or a device has nothing to wait for.
    if file.metadata()?.is_file() { file.sync_all() } else { Ok(()) }
}

/// Writes a package with the note and a manifest that names it with its hash.
fn pack(path: &Path, origin: &str, note: &str, checkpoint: &Checkpoint, at: &str) -> Result<()> {
    let manifest = canonical(&json!({
        "format": "swjx/1",
        "kind": "checkpoint",
        "from": origin,
        "created_at": at,
        "size": checkpoint.size,
        "root": hex(&checkpoint.root),
        "files": [{ "path": NOTE, "bytes": note.len(), "sha256": hex(&Sha256::digest(note)) }],
    }));
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut package = zip::ZipWriter::new(&mut bytes);
    let plain = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, text) in [(MANIFEST, manifest.as_str()), (NOTE, note)] {
        package.start_file(name, plain)?;
        package.write_all(text.as_bytes())?;
    }
    package.finish()?;
    write_file(path, |out| out.write_all(bytes.get_ref()))
}
