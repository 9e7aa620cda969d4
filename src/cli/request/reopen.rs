use anyhow::Result;

use super::{Happening, chosen, day, happen};
use crate::context::{Context, Outcome, parse_day};
use crate::disclosure::request::Event;

/// Open a request again whose decision was annulled (复议、诉讼)
///
/// It is no new request: the form counts it where its first result stands. The judgment sets
/// its limit; without one the legal limit begins anew.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Number of the request
    no: String,
    /// Decision or judgment that annulled the answer
    #[arg(long, value_name = "TEXT")]
    because: String,
    /// Last day it sets for the new answer
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
    /// Day it came; today if not given
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let request = chosen(ctx.db()?, &args.no)?;
    let on = day(ctx, args.on.as_deref(), &request)?;
    let until = args.until.as_deref().map(parse_day).transpose()?;
    super::later(until, on)?;
    let happening = Happening { until, note: Some(args.because.clone()), ..Happening::new(Event::Reopen, on) };
    happen(ctx, "request.reopen", "request reopen", request, happening, |_, _| Ok(()))
}
