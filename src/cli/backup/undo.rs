use anyhow::Result;
use serde_json::json;

use super::run::patiently;
use super::swap;
use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::db::{Db, DbError, Url, settings};
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
use crate::say;

/// Take a restore back: the database it set aside comes into place again
///
/// The restored one is set aside in its turn, so that nothing is lost either way. The newest
/// that was set aside comes back; --aside names another.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Database whose restore is taken back; -d if not given
    #[arg(long, value_name = "URL")]
    to: Option<String>,
    /// Name it was set aside under
    #[arg(long, value_name = "NAME")]
    aside: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let target = match &args.to {
        Some(text) => Url::parse(text),
        None => ctx.url()?,
    };
    let target = swap::real(target)?;
    let found = swap::named_beside(&target, "before")?;
    let chosen = match &args.aside {
        // What an undo set aside comes back too, when it is named.
        Some(name) => {
            let undone = swap::named_beside(&target, "undone")?;
            found.into_iter().chain(undone).find(|found| found == name || found.ends_with(&format!("/{name}")))
        }
        None => found.last().cloned(),
    };
    let Some(aside) = chosen else {
        return Err(Failure::new("backup.no-aside", Exit::NotFound, say!("backup-no-aside", target = target.shown()))
            .hint(say!("backup-no-aside-hint"))
            .into());
    };
    let comer = match &target {
        Url::Sqlite(_) => Url::Sqlite(aside.clone().into()),
        Url::Postgres(_) => target.with_database(&aside),
    };
    // One that opens and is none of ours comes only when it is named.
    if args.aside.is_none() && Db::open(&comer).is_ok_and(|mut db| !matches!(settings::get(&mut db, settings::DATABASE_ID), Ok(Some(_)))) {
        return Err(Failure::new("backup.aside-foreign", Exit::Conflict, say!("backup-aside-foreign", aside = aside.clone()))
            .hint(say!("backup-aside-foreign-hint", aside = aside))
            .into());
    }
    let undone = swap::name_beside(&target, "undone", &swap::fresh_stamp(&target, ctx.clock.now())?);
    let mut plan = report("backup.undo", vec![left("target"), left("comes_back"), left("set_aside")]);
    plan.push(vec![target.shown().into(), aside.clone().into(), undone.clone().into()]);
    if ctx.globals.dry_run {
        ctx.show(plan)?;
        swap::free(&target)?;
        ctx.remark(&say!("dry-run"));
        return Ok(Outcome::Done);
    }
    ctx.show_plan(&plan)?;
    ctx.go_ahead_by_name(&target.name())?;
    if matches!(Db::open(&target), Err(DbError::NoSuchDatabase(_))) {
        swap::put(&target, &comer, &undone, None)?;
    } else {
        swap::exchange(&target, &comer, &undone, None)?;
    }
    ctx.remark(&say!("backup-undone", target = target.shown(), aside = undone.clone()));
    let shown = ctx.show(plan);
    // What came back may be the damaged one that was restored over: then there is no log to write into.
    let noted = patiently(|| {
        ctx.use_database(Db::open(&target)?);
        ctx.write(|_, log| {
            let new = json!({ "came_back": aside, "set_aside": undone });
            log.push(Entry { verb: "backup undo", table: None, key: Some(target.name()), old: None, new: Some(new) });
            Ok(())
        })
    });
    shown?;
    Ok(match noted {
        Ok(()) => Outcome::Done,
        Err(error) => {
            ctx.remark(&say!("backup-unrecorded", detail = error.to_string()));
            Outcome::LookAtIt
        }
    })
}
