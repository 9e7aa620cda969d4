use anyhow::Result;
use clap::builder::PossibleValuesParser;

use super::{Desk, Happening, chosen, close, day, happen};
use crate::context::{Context, Outcome};
use crate::disclosure::request::{Event, OUTCOMES, article};
use crate::failure::{Exit, Failure};
use crate::say;

/// Answer a request: exactly one row of results
///
/// Rows are those of the annual form (3.1 予以公开 … 3.6.3 其他). One request is one result:
/// where part is open and part is not, 3.2 alone.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Number of the request
    no: String,
    /// Row of the form it fills
    #[arg(long, value_parser = PossibleValuesParser::new(&OUTCOMES[..21]), hide_possible_values = true)]
    row: String,
    /// Article it rests on; the row's own if not given
    #[arg(long, value_name = "ARTICLE")]
    article: Option<String>,
    /// Number of the answer
    #[arg(long, value_name = "NUMBER")]
    reply_no: Option<String>,
    /// Pages handed over
    #[arg(long, value_name = "N")]
    pages: Option<i64>,
    /// How it was delivered
    #[arg(long, value_name = "TEXT")]
    delivery: Option<String>,
    /// Day of the answer; today if not given
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let request = chosen(ctx.db()?, &args.no)?;
    let on = day(ctx, args.on.as_deref(), &request)?;
    let desk = Desk::open(ctx)?;
    let only_by = match args.row.as_str() {
        "3.6.1" => Some("supplement --expired"),
        "3.6.2" => Some("fee --expired"),
        "3.4.3" if !desk.events(&request).iter().any(|event| event.kind == Event::Supplement.word()) => Some("supplement --ask"),
        _ => None,
    };
    if let Some(verb) = only_by {
        let hint = say!("request-row-not-answered-hint", command = format!("swj request {verb}"));
        return Err(Failure::new("request.row-not-answered", Exit::Conflict, say!("request-row-not-answered", row = args.row.clone()))
            .hint(hint)
            .into());
    }
    if let Some(due) = desk.limit(&request).and_then(|limit| limit.due).map(|due| due.due.on).filter(|due| on > *due) {
        ctx.remark(&say!("request-answer-late", due = due.to_string()));
    }
    let happening = Happening { doc_no: args.reply_no.clone(), note: Some(args.row.clone()), ..Happening::new(Event::Answer, on) };
    happen(ctx, "request.answer", "request answer", request, happening, |_, request| {
        let article = args.article.clone().or_else(|| article(&args.row).map(str::to_owned));
        close(request, on, &args.row, article);
        request.replied_on = Some(on.into());
        // A second answer, after a judgment, keeps what it does not say itself.
        request.reply_no = args.reply_no.clone().or_else(|| request.reply_no.take());
        request.delivery = args.delivery.clone().or_else(|| request.delivery.take());
        if args.pages.is_some() {
            request.pages = args.pages;
        }
        Ok(())
    })
}
