//! `swj calendar`: working days, and the limits of the law counted on them.

mod diff;
mod due;
mod import;
mod rules;
mod show;

pub(crate) use due::{no_rule, skipped};

use anyhow::Result;

use crate::calendar::{NoticeDay, Workdays};
use crate::context::{Context, Outcome};
use crate::db::Db;
use crate::db::calendar as table;

/// Working days, and time limits counted on them
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    Show(show::Args),
    Import(import::Args),
    Diff(diff::Args),
    Due(due::Args),
    Rules(rules::Args),
}

impl Command {
    pub(crate) fn run(&self, ctx: &mut Context) -> Result<Outcome> {
        match self {
            Self::Show(args) => show::run(ctx, args),
            Self::Import(args) => import::run(ctx, args),
            Self::Diff(args) => diff::run(ctx, args),
            Self::Due(args) => due::run(ctx, args),
            Self::Rules(args) => rules::run(ctx, args),
        }
    }
}

/// The working-day calendar of the database.
///
/// # Errors
/// The database.
pub(crate) fn workdays(ctx: &mut Context) -> Result<Workdays> {
    let pause_counts_first_day = ctx.config.get("calendar.pause_counts_first_day") == Some("true");
    read(ctx.db()?, pause_counts_first_day)
}

fn read(db: &mut Db, pause_counts_first_day: bool) -> Result<Workdays> {
    let days = table::all(db)?.into_iter().map(|day| NoticeDay {
        day: day.day.0,
        is_workday: day.is_workday,
        name: day.name.unwrap_or_default(),
        notice_no: day.source,
    });
    let mut workdays = Workdays::new(days);
    workdays.pause_counts_first_day = pause_counts_first_day;
    Ok(workdays)
}
