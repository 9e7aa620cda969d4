use anyhow::Result;

use super::{Desk, view};
use crate::context::{Context, Outcome};
use crate::db::requests::{self, RequestFilter};
use crate::failure::{Exit, Failure};
use crate::say;

/// List open requests that are due soon or overdue, the most urgent first
///
/// Where the applicant has let a supplement or a payment pass, the flag is `expired`: close the
/// request with `supplement --expired` or `fee --expired`; the office is not late.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Due within so many working days, as 5wd; overdue ones always
    #[arg(long, default_value = "5wd", value_name = "Nwd")]
    within: String,
    /// End with 3 when a request is overdue
    #[arg(long)]
    fail_on_overdue: bool,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let within: i64 = args.within.trim_end_matches("wd").parse().map_err(|_| {
        Failure::new("usage.within", Exit::Usage, say!("usage-within", value = args.within.clone())).hint(say!("usage-within-hint"))
    })?;
    let desk = Desk::open(ctx)?;
    let mut found = Vec::new();
    for (request, unit) in requests::list(ctx.db()?, &RequestFilter { open: true, ..RequestFilter::default() })? {
        if let Some(due) = desk.due(&request) {
            let left = view::left_until(&desk, due);
            if left <= within {
                found.push((left, request, unit));
            }
        }
    }
    found.sort_by(|one, other| (one.0, &one.1.no).cmp(&(other.0, &other.1.no)));
    let overdue = found.iter().any(|(_, request, _)| desk.overdue(request));
    let mut report = view::table("request.due");
    for (_, request, unit) in &found {
        report.push(view::line(&desk, request, unit));
    }
    ctx.show(report)?;
    Ok(if overdue && args.fail_on_overdue { Outcome::LookAtIt } else { Outcome::Done })
}
