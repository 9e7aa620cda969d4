use anyhow::Result;
use clap::builder::PossibleValuesParser;

use super::{Happening, chosen, day, happen};
use crate::context::{Context, Outcome};
use crate::db::stats;
use crate::disclosure::request::{APPLICANTS, Event, State};
use crate::failure::{Exit, Failure};
use crate::say;

/// Put right the kind of applicant that was entered wrongly
///
/// The figure moves to its right column. A year that is frozen has been handed in: a request it
/// counts keeps the kind it was handed in with, and the verb refuses.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Number of the request
    no: String,
    /// The right kind of applicant
    #[arg(long, value_parser = PossibleValuesParser::new(APPLICANTS))]
    kind: String,
    /// How the mistake was found
    #[arg(long, value_name = "TEXT")]
    because: String,
    /// Day it was put right; today if not given
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let request = chosen(ctx.db()?, &args.no)?;
    let on = day(ctx, args.on.as_deref(), &request)?;
    // Every year in which the form counts it: received, carried over, closed.
    let first = request.received_on.unwrap_or(request.arrived_on).0.year();
    let last = request.closed_on.filter(|_| request.status == State::Closed.word()).map_or_else(|| ctx.clock.today(), |day| day.0).year();
    for year in (first..=last).map(|year| year.to_string()) {
        if stats::frozen(ctx.db()?, &year)? {
            return Err(Failure::new("request.year-frozen", Exit::Conflict, say!("request-year-frozen", year = year))
                .hint(say!("request-year-frozen-hint"))
                .into());
        }
    }
    if request.applicant_kind == args.kind {
        return super::show_line(ctx, "request.correct", &request.no);
    }
    let note = format!("{} → {}：{}", request.applicant_kind, args.kind, args.because);
    let happening = Happening { note: Some(note), ..Happening::new(Event::CorrectRecord, on) };
    happen(ctx, "request.correct", "request correct", request, happening, |_, request| {
        request.applicant_kind.clone_from(&args.kind);
        Ok(())
    })
}
