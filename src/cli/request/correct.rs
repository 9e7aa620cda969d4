use anyhow::Result;
use clap::builder::PossibleValuesParser;

use super::{Happening, chosen, day, happen};
use crate::context::{Context, Outcome};
use crate::db::stats;
use crate::disclosure::request::{APPLICANTS, Event};
use crate::failure::{Exit, Failure};
use crate::say;

/// Put right the kind of applicant that was entered wrongly
///
/// The figure moves to its right column in a year that is not frozen; a frozen year keeps its
/// figures, and a new edition shows the difference.
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
    let years = [request.received_on, request.closed_on].into_iter().flatten().map(|day| day.0.year().to_string());
    for year in years {
        if stats::frozen(ctx.db()?, &year)? {
            return Err(Failure::new("request.year-frozen", Exit::Conflict, say!("request-year-frozen", year = year))
                .hint(say!("request-year-frozen-hint"))
                .into());
        }
    }
    let note = format!("{} → {}：{}", request.applicant_kind, args.kind, args.because);
    let happening = Happening { note: Some(note), ..Happening::new(Event::CorrectRecord, on) };
    happen(ctx, "request.correct", "request correct", request, happening, |_, request| {
        request.applicant_kind.clone_from(&args.kind);
        Ok(())
    })
}
