use anyhow::Result;

use super::{Happening, chosen, day, happen};
use crate::context::{Context, Outcome, parse_day};
use crate::disclosure::request::Event;

/// Ask for the reasons of many requests (条例 2019 Art. 35), or note that they came
///
/// The clock goes on. Where the reasons hold, the organ may set a reasonable later day and tells
/// the applicant: --until notes it.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("what").required(true))]
pub(crate) struct Args {
    /// Number of the request
    no: String,
    /// What the applicant is asked
    #[arg(long, value_name = "TEXT", group = "what")]
    ask: Option<String>,
    /// The reasons the applicant gave
    #[arg(long, value_name = "TEXT", group = "what")]
    given: Option<String>,
    /// The reasonable later day the applicant was told
    #[arg(long, value_name = "DATE", requires = "given")]
    until: Option<String>,
    /// Day it happened; today if not given
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let request = chosen(ctx.db()?, &args.no)?;
    let on = day(ctx, args.on.as_deref(), &request)?;
    let event = if args.ask.is_some() { Event::AskReason } else { Event::Reason };
    let until = args.until.as_deref().map(parse_day).transpose()?;
    super::later(until, on)?;
    let happening = Happening { until, note: args.ask.clone().or_else(|| args.given.clone()), ..Happening::new(event, on) };
    happen(ctx, "request.reasons", "request reasons", request, happening, |_, _| Ok(()))
}
