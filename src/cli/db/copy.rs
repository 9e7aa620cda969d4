use anyhow::Result;
use serde_json::json;

use crate::cli::backup::{Staging, examine, fresh_stamp};
use crate::cli::columns::{left, report, right};
use crate::context::{Context, Outcome};
use crate::db::engine::Look;
use crate::db::{self, Db, DbError, Url, copy_rows};
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
use crate::say;

/// Copy the whole database to another place, on the same engine or the other, and prove it
///
/// From SQLite to PostgreSQL when the office grows, or back. The copy is made beside the target,
/// proved there by the digests of every table and the log chain, and only then takes its name.
/// The target must not exist yet; the database itself is not touched, and goes on being used.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Target: a file or postgres://…
    #[arg(long, value_name = "URL")]
    to: String,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let mut report = report("db.copy", vec![left("table"), right("rows"), left("sha256"), left("equal")]);
    ctx.fits(&report)?;
    let target = Url::parse(&args.to);
    let here = ctx.url()?;
    match Db::open(&target) {
        Err(DbError::NoSuchDatabase(_)) => {}
        Ok(_) | Err(DbError::NotADatabase(_)) => {
            return Err(Failure::new("db.target-exists", Exit::Conflict, say!("db-target-exists", target = target.shown()))
                .hint(say!("db-target-exists-hint"))
                .into());
        }
        Err(error) => return Err(error.into()),
    }
    let total = db::rows_about(ctx.db()?)?;
    let steps = db::migrations(ctx.db()?)?;
    let schema = steps.into_iter().filter(|step| step.applied).map(|step| step.version).next_back().unwrap_or_default();
    if ctx.globals.dry_run {
        ctx.show(report)?;
        ctx.remark(&say!("db-copy-plan", from = here.shown(), to = target.shown(), rows = total.to_string()));
        ctx.remark(&say!("dry-run"));
        return Ok(Outcome::Done);
    }
    let stamp = fresh_stamp(&target, ctx.clock.now())?;
    let mut staging = Staging::beside(&target, "copying", &stamp);
    let mut copy = staging.made_as(&schema)?;
    let progress = ctx.progress(&say!("progress-copying"), Some(total));
    // A connection of its own, so that the rows and their digests are of one moment.
    let promised = Db::open(&here)?.one_picture(|from| {
        copy_rows(from, &mut copy, |rows| progress.advance(rows))?;
        db::digests(from, |_| {})
    })?;
    drop(progress);
    drop(copy);
    let examined = examine(ctx, &staging.url, &promised, Look::Whole)?;
    let rows: u64 = promised.iter().map(|digest| digest.rows).sum();
    for proof in &examined.proofs {
        let found = proof.found.as_ref().or(proof.expected.as_ref());
        report.push(vec![
            proof.table.clone().into(),
            found.map(|digest| digest.rows).unwrap_or_default().into(),
            found.map(|digest| digest.sha256.clone()).into(),
            proof.holds().into(),
        ]);
    }
    for fault in examined.damage.iter().chain(&examined.log) {
        report.warn("damage", fault);
    }
    if !examined.same() {
        ctx.show(report)?;
        ctx.remark(&say!("db-copy-failed"));
        return Ok(Outcome::Broken);
    }
    staging.swap(false, None)?;
    // All there is has gone to another place: whoever reads the log is to know.
    ctx.write(|_, log| {
        log.push(Entry { verb: "db copy", new: Some(json!({ "to": target.shown(), "rows": rows })), ..Entry::default() });
        Ok(())
    })?;
    ctx.show(report)?;
    ctx.remark(&say!("db-copied", to = target.shown(), rows = rows.to_string()));
    Ok(Outcome::Done)
}
