use std::path::PathBuf;

use anyhow::Result;

use super::standing::{named, of_table, read_file};
use crate::audit::Waiver;
use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};

/// List the waivers in force
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Also those that are over, taken back or void
    #[arg(long)]
    all: bool,
    /// File of waivers (TOML), beside those in the database
    #[arg(long, value_name = "FILE")]
    waivers: Option<PathBuf>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let today = ctx.clock.today();
    let mut waivers = of_table(ctx)?;
    if let Some(path) = args.waivers.clone().or_else(|| ctx.config.path("audit.waivers_file")) {
        waivers.extend(read_file(ctx, &path, true)?);
    }
    let columns =
        ["id", "rule", "table", "key", "state", "reason", "requested_by", "approved_by", "from", "until", "doc_no", "fingerprint"];
    let mut report = report("audit.waivers", columns.map(left).to_vec());
    for waiver in waivers.iter().filter(|waiver| args.all || waiver.in_force(today)) {
        report.push(vec![
            named(waiver).into(),
            waiver.rule.clone().into(),
            waiver.table.clone().into(),
            waiver.key.clone().into(),
            state(waiver, today).into(),
            waiver.reason.clone().into(),
            waiver.requested_by.clone().into(),
            waiver.approved_by.clone().into(),
            waiver.created_on.into(),
            waiver.expires_on.into(),
            waiver.basis.clone().into(),
            waiver.fingerprint.map(|print| print.hex()).into(),
        ]);
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}

fn state(waiver: &Waiver, today: jiff::civil::Date) -> &'static str {
    if waiver.in_force(today) {
        "in_force"
    } else if waiver.revoked_on.is_some_and(|end| end <= today) {
        "revoked"
    } else if waiver.lapsed(today) {
        "expired"
    } else {
        // Without an end, without a second person, or not begun yet.
        "void"
    }
}
