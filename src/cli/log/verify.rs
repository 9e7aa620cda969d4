use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::json;

use super::anchors::{self, Outside};
use crate::cli::columns::{left, report, right};
use crate::context::{Context, Outcome};
use crate::db::hex;
use crate::failure::{Exit, Failure, of_file};
use crate::ledger::{self, FileFault, Judgement, Proof, ProofFile, Verdict};
use crate::say;
use crate::view::{Cell, Report};

/// Prove that no sealed entry was changed, removed or reordered
///
/// A chain alone cannot show that its end was cut off, nor that all of it was written
/// anew: checkpoints kept outside do, up to the last of them. What lies after it is
/// reported apart, and so are entries not sealed yet.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    outside: Outside,
    /// An export instead of the database; nothing else is needed
    #[arg(long, value_name = "FILE", conflicts_with_all = ["proof", "head"])]
    file: Option<PathBuf>,
    /// Exports of what was purged, to prove the checkpoints about it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["file", "proof"])]
    export: Vec<PathBuf>,
    /// The proof of one entry, as prove wrote it
    #[arg(long, value_name = "FILE", conflicts_with = "head")]
    proof: Option<PathBuf>,
    /// Head written down earlier, or its first 16 digits; it must still be in the chain
    #[arg(long, value_name = "HASH", value_parser = digits)]
    head: Option<String>,
}

fn digits(text: &str) -> Result<String, String> {
    let hash = text.trim().to_ascii_lowercase();
    let whole = (16..=64).contains(&hash.len()) && hash.bytes().all(|digit| digit.is_ascii_hexdigit());
    if whole { Ok(hash) } else { Err("HASH".to_owned()) }
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let keys = args.outside.keys()?;
    if let Some(path) = &args.proof {
        return proof(ctx, args, path);
    }
    let (judgement, head_seen) = match &args.file {
        Some(path) => {
            let (origin, verdict) = exported(ctx, path, &args.outside)?;
            (ledger::judge(verdict, args.outside.witnesses(&origin)?, &keys), true)
        }
        None => {
            let origin = ledger::origin(ctx.db()?)?;
            let witnesses = args.outside.witnesses(&origin)?;
            let head_seen = match &args.head {
                Some(head) => crate::db::audit_logs::has_hash(ctx.db()?, head)?,
                None => true,
            };
            (anchors::judge(ctx, witnesses, &keys, &args.export)?, head_seen)
        }
    };
    let broken = judgement.broken.is_some() || !head_seen;
    ctx.show(sheet(&judgement, head_seen))?;
    tell(ctx, &judgement, head_seen);
    Ok(match judgement.unproved() {
        _ if broken => Outcome::Broken,
        0 => Outcome::Done,
        _ => Outcome::Incomplete,
    })
}

fn columns() -> Report {
    let mut report = report(
        "log.verify",
        vec![
            left("verdict"),
            right("entries"),
            right("sound"),
            right("unsealed"),
            right("broken_at"),
            left("fault"),
            left("head"),
            right("purged"),
            right("anchored"),
            right("unanchored"),
            right("checkpointed"),
            left("root"),
        ],
    );
    report.key = 6;
    report
}

fn sheet(judgement: &Judgement, head_seen: bool) -> Report {
    let verdict = &judgement.verdict;
    let broken = judgement.broken.is_some() || !head_seen;
    let mut report = columns();
    report.push(vec![
        match judgement.unproved() {
            _ if broken => "broken",
            0 => "sound",
            _ => "unproved",
        }
        .into(),
        Cell::Int(verdict.entries),
        Cell::Int(verdict.sound),
        Cell::Int(verdict.unsealed),
        judgement.broken.map(|(no, _)| no).into(),
        if head_seen { judgement.broken.map(|(_, fault)| fault).into() } else { "head-missing".into() },
        verdict.head.clone().into(),
        Cell::Int(verdict.purged),
        judgement.anchored.into(),
        Cell::Int(unanchored(judgement)),
        judgement.checkpointed.into(),
        hex(&verdict.tree.root()).into(),
    ]);
    let witnesses = judgement.witnesses.iter().map(|(witness, state)| {
        let (kind, signer) = match &witness.anchor.proof {
            Proof::Note(note) => ("note", Some(note.signer())),
            Proof::Duty(_) => ("duty", None),
            Proof::Root(_) => ("root", None),
        };
        json!({ "source": witness.source, "outside": witness.outside, "line": witness.anchor.line, "size": witness.anchor.size,
            "kind": kind, "signer": signer, "state": state.word() })
    });
    report.members.push(("checkpoints", witnesses.collect()));
    report
}

/// Sound links that nothing outside vouches for.
fn unanchored(judgement: &Judgement) -> i64 {
    (judgement.verdict.last() - judgement.anchored.unwrap_or(0).max(judgement.verdict.purged)).max(0)
}

fn tell(ctx: &Context, judgement: &Judgement, head_seen: bool) {
    let verdict = &judgement.verdict;
    match judgement.broken {
        Some((no, "cut" | "rewritten" | "forged")) => {
            for (witness, state) in judgement.witnesses.iter().filter(|(_, state)| ["cut", "rewritten", "forged"].contains(&state.word())) {
                let (source, size) = (witness.source.clone(), witness.anchor.size.to_string());
                ctx.remark(&match state.word() {
                    "cut" => say!("log-witness-cut", source = source, size = size, last = verdict.last().to_string()),
                    "forged" => say!("log-witness-forged", source = source, size = size),
                    _ => say!("log-witness-rewritten", source = source, size = size),
                });
            }
            ctx.remark(&say!("log-not-whole", no = no.to_string()));
        }
        Some((no, "untold")) => ctx.remark(&say!("log-untold", no = no.to_string())),
        Some((no, "early")) => ctx.remark(&say!("log-early", no = no.to_string())),
        Some((no, "backdated")) => ctx.remark(&say!("log-backdated", no = no.to_string())),
        Some((no, _)) => ctx.remark(&say!("log-broken", no = no.to_string())),
        None if !head_seen => ctx.remark(&say!("log-head-missing")),
        None => {
            ctx.remark(&say!("log-sound", count = verdict.sound.to_string(), head = verdict.head.get(..16).unwrap_or_default().to_owned()));
        }
    }
    if verdict.part {
        ctx.remark(&say!("log-part-before", last = verdict.purged.to_string()));
    } else if verdict.purged > 0 {
        ctx.remark(&say!("log-purged-before", last = verdict.purged.to_string()));
    }
    if judgement.unproved() > 0 {
        ctx.remark(&say!("log-unproved", count = judgement.unproved().to_string(), last = verdict.purged.to_string()));
    }
    let (first, last) = (judgement.anchored.unwrap_or(0).max(verdict.purged) + 1, verdict.last());
    if let Some(anchored) = judgement.anchored.filter(|anchored| *anchored > verdict.purged) {
        ctx.remark(&say!("log-anchored", from = (verdict.purged + 1).to_string(), to = anchored.to_string()));
    }
    if last >= first {
        ctx.remark(&say!("log-unanchored", from = first.to_string(), to = last.to_string()));
    }
}

/// Proves an export by itself.
fn exported(ctx: &Context, path: &Path, outside: &Outside) -> Result<(String, Verdict)> {
    let file = || std::fs::File::open(path).map_err(|error| of_file(path, &error));
    // Whose log it is stands in the first line; whose the anchors must be follows from that.
    let origin = first_line(file()?).and_then(|line| Some(line["origin"].as_str()?.to_owned())).ok_or_else(|| foreign(path))?;
    let sizes: Vec<u64> = outside.witnesses(&origin)?.iter().map(|witness| witness.anchor.size).collect();
    let progress = ctx.progress_of_bytes(&say!("progress-verifying"), path.metadata().ok().map(|file| file.len()));
    ledger::check_file(file()?, &sizes, |n| progress.advance(n)).map_err(|fault| of_export(path, fault))
}

/// What an export says of itself.
pub(super) fn first_line(file: std::fs::File) -> Option<serde_json::Value> {
    use std::io::{BufRead, Read};
    let mut line = String::new();
    std::io::BufReader::new(file.take(1 << 20)).read_line(&mut line).ok()?;
    serde_json::from_str(&line).ok()
}

pub(super) fn foreign(path: &Path) -> Failure {
    Failure::new("log.export-foreign", Exit::Conflict, say!("log-export-foreign")).in_file(path)
}

/// Why an export could not be made or read.
pub(super) fn of_export(path: &Path, fault: FileFault) -> anyhow::Error {
    match fault {
        FileFault::Db(error) => error.into(),
        FileFault::Io(error) => of_file(path, &error).into(),
        FileFault::Broken(no) => broken_at(no),
        FileFault::Foreign => foreign(path).into(),
    }
}

/// The log does not hold, so nothing is built on it.
pub(super) fn broken_at(no: i64) -> anyhow::Error {
    Failure::new("log.broken", Exit::Integrity, say!("log-broken", no = no.to_string())).hint(say!("log-broken-hint")).into()
}

/// Proves one entry against the checkpoint in its proof, and that against what is kept outside.
fn proof(ctx: &Context, args: &Args, path: &Path) -> Result<Outcome> {
    let text = std::fs::read_to_string(path).map_err(|error| of_file(path, &error))?;
    let proof =
        ProofFile::read(&text).ok_or_else(|| Failure::new("log.proof-foreign", Exit::Conflict, say!("log-proof-foreign")).in_file(path))?;
    let keys = args.outside.keys()?;
    let witnesses = args.outside.witnesses(&proof.origin)?;
    let checkpoint = proof.checkpoint();
    let note = proof.note.as_deref().and_then(ledger::Note::read);
    let signed = keys.is_empty() || note.is_some_and(|note| keys.iter().any(|key| note.signed_by(key)));
    // Of what is kept outside, only what is about the same moment can speak of this root.
    let same: Vec<bool> = witnesses
        .iter()
        .filter(|witness| witness.anchor.size == proof.size.unsigned_abs())
        .map(|witness| checkpoint.as_ref().is_some_and(|point| witness.anchor.holds(&point.root)))
        .collect();
    let anchored = !same.is_empty() && same.iter().all(|holds| *holds);
    let fault = match &checkpoint {
        None => Some("changed"),
        Some(_) if !signed => Some("forged"),
        Some(_) if same.contains(&false) => Some("rewritten"),
        Some(_) if !witnesses.is_empty() && same.is_empty() => Some("unanchored"),
        Some(_) => None,
    };
    let mut report = columns();
    report.push(vec![
        if fault.is_some() { "broken" } else { "sound" }.into(),
        Cell::Int(1),
        Cell::Int(i64::from(fault.is_none())),
        Cell::Int(0),
        fault.map(|_| proof.no).into(),
        fault.into(),
        proof.entry_hash.clone().into(),
        Cell::Int(0),
        anchored.then_some(proof.size).into(),
        Cell::Int(i64::from(!anchored)),
        Cell::Empty,
        proof.root.clone().into(),
    ]);
    ctx.show(report)?;
    let (seq, size) = (proof.seq.to_string(), proof.size.to_string());
    ctx.remark(&match fault {
        Some(_) => say!("log-proof-broken", seq = seq, size = size),
        None => say!("log-proof-sound", seq = seq, size = size),
    });
    if fault.is_none() && !anchored {
        ctx.remark(&say!("log-proof-unanchored"));
    }
    Ok(if fault.is_some() { Outcome::Broken } else { Outcome::Done })
}
