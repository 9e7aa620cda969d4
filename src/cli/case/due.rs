use anyhow::Result;

use super::{Desk, view};
use crate::casework::Light;
use crate::context::{Context, Outcome};
use crate::db::cases;
use crate::failure::{Exit, Failure};
use crate::say;

/// List open cases that are due soon or overdue, the most urgent first
///
/// Lights: green; yellow with `case.yellow_days` working days left or fewer, or when a step
/// is over time; red past the promise; double-red past the law.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Due within so many working days, as 5wd; overdue ones always
    #[arg(long, default_value = "5wd", value_name = "Nwd")]
    within: String,
    /// End with 3 when a case is this red or worse
    #[arg(long, value_parser = ["yellow", "red", "double-red"])]
    fail_on: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let within: i64 = args.within.trim_end_matches("wd").parse().map_err(|_| {
        Failure::new("usage.within", Exit::Usage, say!("usage-within", value = args.within.clone())).hint(say!("usage-within-hint"))
    })?;
    let desk = Desk::open(ctx)?;
    let mut found = Vec::new();
    for case in cases::list(ctx.db()?, None)? {
        if case.received_on.0 > desk.today {
            continue;
        }
        let standing = desk.standing(&case);
        if let (Some(left), Some(light)) = (standing.left, standing.light)
            && (left <= within || light >= Light::Red)
        {
            found.push((std::cmp::Reverse(light), left, case));
        }
    }
    found.sort_by(|one, other| (one.0, one.1, &one.2.no).cmp(&(other.0, other.1, &other.2.no)));
    let fail_on = match args.fail_on.as_deref() {
        Some("yellow") => Some(Light::Yellow),
        Some("red") => Some(Light::Red),
        Some(_) => Some(Light::DoubleRed),
        None => None,
    };
    let failed = fail_on.is_some_and(|least| found.iter().any(|(light, ..)| light.0 >= least));
    let mut report = view::table("case.due");
    for (_, _, case) in &found {
        report.push(view::line(&desk, case));
    }
    ctx.show(report)?;
    Ok(if failed { Outcome::LookAtIt } else { Outcome::Done })
}
