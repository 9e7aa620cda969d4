use anyhow::Result;
use serde_json::json;

use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::db::{self, Db};
use crate::ledger::Entry;
use crate::say;

/// Bring the schema up to date
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(ctx: &mut Context, _: &Args) -> Result<Outcome> {
    let mut db = Db::open(&ctx.url()?)?;
    let pending: Vec<_> = db::migrations(&mut db)?.into_iter().filter(|step| !step.applied).collect();
    let mut report = report("db.migrate", vec![left("version"), left("step")]);
    for step in &pending {
        report.push(vec![step.version.clone().into(), step.name.clone().into()]);
    }
    if pending.is_empty() {
        // A database newer than this program is refused here too.
        db::migrate(&mut db)?;
        ctx.show(report)?;
        ctx.remark(&say!("migrate-nothing"));
        return Ok(Outcome::Done);
    }
    ctx.show_plan(&report)?;
    ctx.go_ahead(&say!("migrate-question", count = pending.len()))?;
    if ctx.globals.dry_run {
        db::rehearse_migration(&mut db)?;
        ctx.show(report)?;
        ctx.remark(&say!("dry-run"));
        return Ok(Outcome::Done);
    }
    db::migrate(&mut db)?;
    ctx.use_database(db);
    let versions: Vec<_> = pending.iter().map(|step| step.version.clone()).collect();
    ctx.write(|_, log| {
        log.push(Entry { verb: "db migrate", new: Some(json!({ "versions": versions })), ..Entry::default() });
        Ok(())
    })?;
    ctx.show(report)?;
    ctx.remark(&say!("migrate-done", count = pending.len()));
    Ok(Outcome::Done)
}
