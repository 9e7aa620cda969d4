use std::path::{Path, PathBuf};

use anyhow::Result;
use jiff::ToSpan;
use serde_json::json;

use super::anchors::{self, Outside};
use super::export::sha256_of;
use super::verify::broken_at;
use crate::cli::columns::{left, report, right};
use crate::context::{Context, Outcome, parse_day};
use crate::db::audit_logs::Seal;
use crate::db::audit_purges::{self, Purge};
use crate::db::{Document, Instant, audit_logs, hex};
use crate::failure::{Exit, Failure};
use crate::ledger::{self, Anchor, Entry, LEGAL_MONTHS, Proof, State, Witness};
use crate::say;
use crate::view::Report;

/// Take entries past the legal term out of the log
///
/// Only what an export and a checkpoint kept outside cover, and only after both were read
/// and proved. What is left can still be proved: the cut keeps the hash it builds on and the
/// peaks of the tree, and is itself logged.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What was written before this day; the end of the term if not given
    #[arg(long, value_name = "DATE")]
    before: Option<String>,
    /// Exports that together cover what goes
    #[arg(long, value_name = "FILE")]
    export: Vec<PathBuf>,
    #[command(flatten)]
    outside: Outside,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    ctx.vet()?;
    let before = before(ctx, args)?;
    let at = ctx.clock.now();
    if !ctx.globals.dry_run {
        ledger::seal_all(ctx.db()?, at)?;
    }
    let db = ctx.db()?;
    let cut = audit_purges::last(db)?;
    let purged = cut.as_ref().map_or(0, |cut| cut.last_no);
    let last = audit_logs::last_before(db, Instant::at_beijing(before.at(0, 0, 0, 0)))?;
    let Some(last) = last.filter(|seal| seal.no > purged) else {
        ctx.show(sheet())?;
        ctx.remark(&say!("log-purge-nothing", day = before.to_string()));
        return Ok(Outcome::Done);
    };
    let (exports, sha256) = exports(ctx, args, purged, last.no)?;
    proved(ctx, args, exports, last.no)?;
    let purge = cut_at(ctx, &last, purged, sha256, at)?;
    let mut report = sheet();
    report.push(vec![
        (purged + 1).into(),
        purge.last_no.into(),
        purge.entries.into(),
        purge.last_at.rfc3339().into(),
        purge.head_hash.clone().into(),
        purge.export_sha256.clone().into(),
    ]);
    ctx.show_plan(&report)?;
    let name = ctx.url()?.name();
    ctx.go_ahead_by_name(&name)?;
    let entry = Entry {
        verb: "log purge",
        table: Some("audit_log"),
        key: Some(purge.last_no.to_string()),
        old: Some(json!({ "from": purged + 1, "to": purge.last_no, "entries": purge.entries, "last_at": purge.last_at.rfc3339() })),
        new: Some(
            json!({ "last_no": purge.last_no, "head_hash": purge.head_hash, "peaks": purge.peaks.0, "export_sha256": purge.export_sha256 }),
        ),
    };
    ctx.write(|db, log| {
        if audit_purges::last(db)? != cut {
            return Err(crate::cli::import::moved("audit_purge"));
        }
        audit_purges::cut(db, &purge)?;
        log.push(entry);
        Ok(())
    })?;
    ctx.show(report)?;
    ctx.remark(&if ctx.globals.dry_run {
        say!("dry-run")
    } else {
        say!("log-purged", count = purge.entries.to_string(), last = purge.last_no.to_string())
    });
    Ok(Outcome::Done)
}

fn sheet() -> Report {
    report("log.purge", vec![right("from"), right("to"), right("entries"), left("last_at"), left("head"), left("sha256")])
}

/// The day before which entries may go. The real day counts: `--as-of` must not make anything older than it is.
fn before(ctx: &Context, args: &Args) -> Result<jiff::civil::Date> {
    let months = ctx.config.number("log.keep_months")?;
    if months < LEGAL_MONTHS {
        let message = say!("log-term-short", months = months.to_string(), least = LEGAL_MONTHS.to_string());
        return Err(Failure::new("log.term-short", Exit::Usage, message).into());
    }
    let limit = ctx.clock.now().day().saturating_sub(months.months());
    let Some(text) = &args.before else { return Ok(limit) };
    let day = parse_day(text)?;
    if day > limit {
        let message = say!("log-within-term", day = day.to_string(), months = months.to_string());
        return Err(Failure::new("log.within-term", Exit::Conflict, message)
            .hint(say!("log-within-term-hint", limit = limit.to_string()))
            .into());
    }
    Ok(day)
}

/// What the exports say of the log, and their hashes; together they must hold every link from the last cut to `last`.
fn exports(ctx: &mut Context, args: &Args, purged: i64, last: i64) -> Result<(Vec<Witness>, String)> {
    let origin = ledger::origin(ctx.db()?)?;
    let (mut parts, mut hashes) = (Vec::new(), Vec::new());
    for path in &args.export {
        let verdict = anchors::proved(ctx, path, &origin, &[])?;
        hashes.push(sha256_of(path)?);
        let anchor = Anchor { size: verdict.tree.size(), line: 1, proof: Proof::Root(verdict.tree.root()) };
        parts.push((verdict.purged + 1, verdict.last(), Witness { source: shown(path), outside: true, anchor }));
    }
    parts.sort_by_key(|(from, to, _)| (*from, *to));
    let reach = parts.iter().fold(purged, |reach, (from, to, _)| if *from <= reach + 1 { reach.max(*to) } else { reach });
    if reach < last {
        let message = say!("log-export-short", from = (reach + 1).to_string(), to = last.to_string());
        return Err(Failure::new("log.export-short", Exit::Conflict, message)
            .hint(say!("log-export-short-hint", from = (purged + 1).to_string(), to = last.to_string()))
            .into());
    }
    Ok((parts.into_iter().map(|(.., witness)| witness).collect(), hashes.join(",")))
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// The log holds, is what was exported, and a checkpoint that is read from outside covers what goes.
fn proved(ctx: &mut Context, args: &Args, exports: Vec<Witness>, last: i64) -> Result<()> {
    let (origin, keys) = (ledger::origin(ctx.db()?)?, args.outside.keys()?);
    let mut outside = args.outside.witnesses(&origin)?;
    if args.outside.is_empty()
        && let Some(file) = ctx.config.path("log.anchor")
    {
        outside = anchors::read_if_there(&file, &origin)?;
    }
    let judgement = anchors::judge(ctx, exports.into_iter().chain(outside).collect(), &[], &[])?;
    if let Some((no, _)) = judgement.broken {
        return Err(broken_at(no));
    }
    // An export was made of this very database, and vouches for nothing.
    let vouches = |proof: &Proof| match proof {
        Proof::Note(note) => keys.is_empty() || keys.iter().any(|key| note.signed_by(key)),
        Proof::Duty(_) => keys.is_empty(),
        Proof::Root(_) => false,
    };
    let anchored = |(witness, state): &(Witness, State)| {
        witness.outside && *state == State::Holds && witness.anchor.size as i64 >= last && vouches(&witness.anchor.proof)
    };
    if judgement.witnesses.iter().any(anchored) {
        return Ok(());
    }
    let message = say!("log-purge-unanchored", last = last.to_string());
    Err(Failure::new("log.purge-unanchored", Exit::Conflict, message).hint(say!("log-purge-unanchored-hint")).into())
}

fn cut_at(ctx: &mut Context, last: &Seal, purged: i64, export_sha256: String, purged_at: Instant) -> Result<Purge> {
    let db = ctx.db()?;
    let tree = ledger::tree_to(db, last.no)?.ok_or_else(|| broken_at(last.no))?;
    let (last_seq, last_at) = audit_logs::highest_to(db, last.no)?.ok_or_else(|| broken_at(last.no))?;
    Ok(Purge {
        last_no: last.no,
        last_seq,
        entries: last.no - purged,
        head_hash: last.entry_hash.clone(),
        peaks: Document(tree.peaks().iter().map(|peak| hex(peak)).collect()),
        last_at,
        export_sha256,
        purged_at,
    })
}
