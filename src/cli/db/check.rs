use anyhow::Result;

use crate::cli::columns::{left, report, right};
use crate::context::{Context, Outcome};
use crate::db::{self, engine};
use crate::say;
use crate::view::Cell;

/// Ask the engine for damage, or print a digest of every table
///
/// The digests do not depend on the engine: the same rows have the same digest on
/// SQLite and PostgreSQL.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Row count and SHA-256 of every table
    #[arg(long)]
    digest: bool,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    if args.digest {
        return digest(ctx);
    }
    let progress = ctx.progress(&say!("progress-checking"), None);
    let found = engine::damage(ctx.db()?, engine::Look::Whole)?;
    drop(progress);
    let mut report = report("db.check", vec![left("check"), left("result"), left("detail")]);
    if found.is_empty() {
        report.push(vec!["engine".into(), "ok".into(), Cell::Empty]);
    }
    for damage in &found {
        report.push(vec!["engine".into(), "damaged".into(), damage.as_str().into()]);
    }
    ctx.show(report)?;
    Ok(if found.is_empty() { Outcome::Done } else { Outcome::Broken })
}

fn digest(ctx: &mut Context) -> Result<Outcome> {
    let total = db::rows_about(ctx.db()?)?;
    let progress = ctx.progress(&say!("progress-digesting"), Some(total));
    let digests = ctx.db()?.one_picture(|db| db::digests(db, |rows| progress.advance(rows)))?;
    drop(progress);
    let mut report = report("db.check", vec![left("table"), right("rows"), left("sha256")]);
    for digest in digests {
        report.push(vec![digest.table.into(), digest.rows.into(), digest.sha256.into()]);
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}
