use anyhow::Result;

use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::db::{audit_checkpoints, audit_logs, audit_purges};
use crate::failure::{Exit, Failure};
use crate::ledger;
use crate::say;
use crate::view::Cell;

/// Show one entry whole, with its link in the chain
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Number of the entry
    seq: i64,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let db = ctx.db()?;
    let Some(entry) = audit_logs::by_seq(db, args.seq)? else { return Err(missing(ctx, args.seq)?.into()) };
    let seal = audit_logs::seal_of(db, args.seq)?;
    let holds = seal.as_ref().map(|seal| ledger::entry_hash(&seal.prev_hash, &entry) == seal.entry_hash);
    // The first checkpoint that covers it is the one a proof would lead to.
    let covering = match &seal {
        Some(seal) => audit_checkpoints::all(db)?.into_iter().find(|point| point.tree_size >= seal.no),
        None => None,
    };
    let mut report = report("log.show", vec![left("field"), left("value")]);
    for (field, value) in [
        ("seq", Cell::Int(entry.seq)),
        ("at", entry.at.rfc3339().into()),
        ("actor", entry.actor.into()),
        ("os_user", entry.os_user.into()),
        ("host", entry.host.into()),
        ("source", entry.source.into()),
        ("verb", entry.verb.into()),
        ("subject_table", entry.subject_table.into()),
        ("subject_key", entry.subject_key.into()),
        ("old", entry.old_value.map_or(Cell::Empty, |document| Cell::Json(document.0))),
        ("new", entry.new_value.map_or(Cell::Empty, |document| Cell::Json(document.0))),
        ("reason", entry.reason.into()),
        ("result", entry.result.into()),
        ("op_id", entry.op_id.into()),
        ("no", seal.as_ref().map(|seal| seal.no).into()),
        ("prev_hash", seal.as_ref().map(|seal| seal.prev_hash.clone()).into()),
        ("entry_hash", seal.as_ref().map(|seal| seal.entry_hash.clone()).into()),
        ("sealed_at", seal.as_ref().map(|seal| seal.sealed_at.rfc3339()).into()),
        ("holds", holds.into()),
        ("checkpoint", covering.as_ref().map(|point| point.tree_size).into()),
        ("anchored_to", covering.and_then(|point| point.anchored_to).into()),
    ] {
        report.push(vec![field.into(), value]);
    }
    ctx.show(report)?;
    Ok(if holds == Some(false) { Outcome::Broken } else { Outcome::Done })
}

/// No such entry: was it taken away, or never there?
pub(super) fn missing(ctx: &mut Context, seq: i64) -> Result<Failure> {
    let purged = audit_purges::last(ctx.db()?)?.is_some_and(|cut| seq <= cut.last_seq && seq > 0);
    let hint = if purged { say!("log-entry-purged") } else { say!("log-entry-unknown-hint") };
    Ok(Failure::new("log.entry-unknown", Exit::NotFound, say!("log-entry-unknown", seq = seq.to_string())).hint(hint))
}
