use anyhow::Result;

use crate::cli::columns::{left, report, right};
use crate::context::{Context, Outcome};
use crate::db::Instant;
use crate::db::audit_logs::{self, LogEntry, LogFilter};
use crate::view::{Cell, Report};

/// List entries, newest first
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only acts of this login or operating-system user
    #[arg(long, value_name = "LOGIN")]
    actor: Option<String>,
    /// Only this verb, such as "user add"
    #[arg(long)]
    verb: Option<String>,
    /// Only what was done to this subject
    #[arg(long, value_name = "KEY")]
    subject: Option<String>,
    /// Only since this day
    #[arg(long, value_name = "DATE")]
    since: Option<String>,
    /// At most this many, 0 for all
    #[arg(long, default_value_t = 100, value_name = "N")]
    last: i64,
}

impl Args {
    pub(super) fn actor(&self) -> Option<&str> {
        self.actor.as_deref()
    }
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let since = args.since.as_deref().map(crate::context::parse_day).transpose()?;
    let filter = LogFilter {
        actor: args.actor.clone(),
        verb: args.verb.clone(),
        subject: args.subject.clone(),
        since: since.map(|day| Instant::at_beijing(day.at(0, 0, 0, 0))),
        last: (args.last > 0).then_some(args.last),
    };
    let entries = audit_logs::list(ctx.db()?, &filter)?;
    ctx.show(sheet("log.list", entries))?;
    Ok(Outcome::Done)
}

/// Entries as rows.
pub(super) fn sheet(schema: &'static str, entries: Vec<LogEntry>) -> Report {
    let mut report = report(
        schema,
        vec![
            right("seq"),
            left("at"),
            left("actor"),
            left("os_user"),
            left("verb"),
            left("subject_table"),
            left("subject_key"),
            left("old"),
            left("new"),
            left("reason"),
            left("op_id"),
            left("result"),
        ],
    );
    for entry in entries {
        report.push(vec![
            Cell::Int(entry.seq),
            entry.at.rfc3339().into(),
            entry.actor.into(),
            entry.os_user.into(),
            entry.verb.into(),
            entry.subject_table.into(),
            entry.subject_key.into(),
            entry.old_value.map_or(Cell::Empty, |document| Cell::Json(document.0)),
            entry.new_value.map_or(Cell::Empty, |document| Cell::Json(document.0)),
            entry.reason.into(),
            entry.op_id.into(),
            entry.result.into(),
        ]);
    }
    report
}
