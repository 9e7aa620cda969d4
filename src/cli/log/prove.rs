use std::path::PathBuf;

use anyhow::Result;

use crate::cli::columns::{left, report, right};
use crate::context::{Context, Outcome};
use crate::db::audit_checkpoints::{self, Checkpoint};
use crate::db::{Db, audit_logs, hex};
use crate::failure::{Exit, Failure};
use crate::ledger::{self, ProofFile};
use crate::view::Cell;
use crate::{identifiers, say, secret};

/// Prove that an entry is in the log of a checkpoint
///
/// With -f json the output is a proof that `swj log verify --proof` checks without the
/// database: the entry, and the hashes that lead from it to the checkpoint's root.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Number of the entry
    seq: i64,
    /// Checkpoint by its size; the first that covers the entry if not given
    #[arg(long, value_name = "SIZE")]
    checkpoint: Option<i64>,
    /// Write the proof to a new file as well, with nothing masked
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let db = ctx.db()?;
    let found = db.one_picture(|db| -> Result<_> {
        let Some(entry) = audit_logs::by_seq(db, args.seq)? else { return Ok(None) };
        let seal = audit_logs::seal_of(db, args.seq)?;
        let seal =
            seal.ok_or_else(|| Failure::new("log.not-sealed", Exit::Conflict, say!("log-entry-not-sealed", seq = args.seq.to_string())))?;
        let point = covering(db, seal.no, args.checkpoint)?;
        let size = point.tree_size;
        let path = ledger::path_to(db, seal.no, size)?.ok_or_else(|| super::verify::broken_at(seal.no))?;
        let proof = ProofFile {
            seq: entry.seq,
            no: seal.no,
            entry: ledger::canonical_form(&entry),
            prev_hash: seal.prev_hash,
            entry_hash: seal.entry_hash,
            origin: point.origin,
            size,
            root: point.root_hash.unwrap_or_default(),
            path,
            note: point.signed_note,
        };
        // A proof that does not lead where it should is evidence of another kind.
        if proof.checkpoint().is_none() {
            return Err(super::verify::broken_at(proof.no));
        }
        Ok(Some(proof))
    })?;
    let Some(proof) = found else { return Err(super::show::missing(ctx, args.seq)?.into()) };
    let mut report = report(
        "log.prove",
        vec![
            right("seq"),
            right("no"),
            left("entry_hash"),
            left("prev_hash"),
            left("origin"),
            right("size"),
            left("root"),
            left("path"),
            left("note"),
            left("entry"),
        ],
    );
    report.push(vec![
        Cell::Int(proof.seq),
        Cell::Int(proof.no),
        proof.entry_hash.clone().into(),
        proof.prev_hash.clone().into(),
        proof.origin.clone().into(),
        Cell::Int(proof.size),
        proof.root.clone().into(),
        Cell::Json(proof.path.iter().map(|hash| hex(hash)).collect()),
        proof.note.clone().into(),
        Cell::Json(serde_json::from_str(&proof.entry)?),
    ]);
    if let Some(path) = &args.to
        && !ctx.globals.dry_run
    {
        secret::write(path, |out| out.write_all(format!("{}\n", proof.json()).as_bytes()))?;
    }
    ctx.show(report)?;
    if let std::borrow::Cow::Owned(_) = identifiers::masked_text(&proof.entry)
        && args.to.is_none()
    {
        ctx.remark(&say!("log-proof-masked"));
    }
    Ok(Outcome::Done)
}

/// The checkpoint asked for, or the first that covers a link.
fn covering(db: &mut Db, no: i64, size: Option<i64>) -> Result<Checkpoint> {
    let covers = |point: &Checkpoint| point.tree_size >= no && size.is_none_or(|size| point.tree_size == size);
    let mut points: Vec<Checkpoint> = audit_checkpoints::all(db)?.into_iter().filter(covers).collect();
    // Of several of the same size a signed one says more.
    points.sort_by_key(|point| (point.tree_size, point.signed_note.is_none()));
    let none = || Failure::new("log.no-checkpoint", Exit::NotFound, say!("log-no-checkpoint", no = no.to_string()));
    Ok(points.into_iter().next().ok_or_else(|| none().hint(say!("log-no-checkpoint-hint")))?)
}
