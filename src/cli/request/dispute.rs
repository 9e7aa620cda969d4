use anyhow::Result;

use super::{Happening, chosen, day, happen};
use crate::context::{Context, Outcome};
use crate::db::Db;
use crate::db::requests::{self, Request};
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

/// One case of a kind at a time; a suit follows a review that has ended, or is brought at once without one.
fn may_open(db: &mut Db, request: &Request, kind: &str) -> Result<()> {
    let cases = requests::disputes(db, request.id)?;
    let open = |kinds: &[&str]| cases.iter().any(|(found, closed)| kinds.contains(&found.as_str()) && !closed);
    let reviewed = cases.iter().any(|(found, closed)| found == "review" && *closed);
    let (code, why) = match kind {
        _ if open(&[kind]) => ("request.dispute-open", say!("request-dispute-open")),
        "review" if open(&["suit_direct", "suit_after_review"]) => ("request.dispute-suit", say!("request-dispute-suit")),
        "suit_direct" | "suit_after_review" if open(&["review", "suit_direct", "suit_after_review"]) => {
            ("request.dispute-open", say!("request-dispute-open"))
        }
        "suit_after_review" if !reviewed => ("request.no-review", say!("request-no-review")),
        _ => return Ok(()),
    };
    Err(Failure::new(code, Exit::Conflict, why).hint(say!("request-dispute-hint", no = request.no.clone())).into())
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
            None => {
                may_open(db, request, &kind)?;
                requests::open_dispute(db, request.id, &kind, on.into())?;
            }
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
