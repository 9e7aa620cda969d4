use anyhow::Result;

use super::{Happening, chosen, day, happen};
use crate::context::{Context, Outcome};
use crate::db::requests;
use crate::disclosure::request::Event;
use crate::failure::{Exit, Failure};
use crate::say;

/// Note a review (行政复议) or a suit (行政诉讼) about a request, and its result
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Number of the request
    no: String,
    /// Which: a review, a suit at once, a suit after a review
    #[arg(long, value_parser = ["review", "suit-direct", "suit-after-review"])]
    kind: String,
    /// How it ended; without it the dispute is opened
    #[arg(long, value_parser = ["upheld", "corrected", "other"])]
    result: Option<String>,
    /// Day it was opened or closed; today if not given
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
    /// Number of the case
    #[arg(long, value_name = "NUMBER")]
    doc_no: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let request = chosen(ctx.db()?, &args.no)?;
    let on = day(ctx, args.on.as_deref(), &request)?;
    let kind = args.kind.replace('-', "_");
    let event = match (kind.as_str(), &args.result) {
        ("review", None) => Event::ReviewOpen,
        ("review", Some(_)) => Event::ReviewClose,
        (_, None) => Event::SuitOpen,
        (_, Some(_)) => Event::SuitClose,
    };
    let note = args.result.as_ref().map_or_else(|| kind.clone(), |result| format!("{kind} {result}"));
    let happening = Happening { doc_no: args.doc_no.clone(), note: Some(note), ..Happening::new(event, on) };
    happen(ctx, "request.dispute", "request dispute", request, happening, |db, request| {
        match &args.result {
            None => requests::open_dispute(db, request.id, &kind, on.into())?,
            Some(result) => {
                if !requests::close_dispute(db, request.id, &kind, on.into(), result)? {
                    return Err(Failure::new("request.no-dispute", Exit::Conflict, say!("request-no-dispute", no = request.no.clone()))
                        .hint(say!("request-no-dispute-hint"))
                        .into());
                }
            }
        }
        Ok(())
    })
}
