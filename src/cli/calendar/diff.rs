use anyhow::Result;

use crate::calendar::{CALENDAR_FIELDS, read_calendar_day};
use crate::cli::import::{ImportArgs, plan_report};
use crate::context::{Context, Outcome};

/// Compare a table of days with the calendar, both ways
///
/// What `calendar import --full` would do; writes nothing. Ends with 3 when they differ.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    import: ImportArgs,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let known = super::import::known(ctx.db()?)?;
    let mut gathered =
        args.import.gather(ctx, CALENDAR_FIELDS, |row| read_calendar_day(row).map(|facts| (row.line, facts, row.original().to_vec())))?;
    let rows = std::mem::take(&mut gathered.rows);
    let mut plan = super::import::planned(&known, rows, true);
    let report = plan_report("calendar.diff", &plan.changes);
    let summary = gathered.planned(&mut plan);
    args.import.compared(ctx, summary, report)
}
