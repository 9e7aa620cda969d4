use anyhow::Result;

use super::{Happening, chosen, close, day, happen};
use crate::context::{Context, Outcome, parse_day};
use crate::disclosure::request::Event;
use crate::failure::{Exit, Failure};
use crate::say;

/// Ask once for what is unclear (补正), and note that it came or did not
///
/// The notice goes out within 7 working days of receipt (条例 2019 Art. 30). The clock stands
/// until the supplement comes, and then begins anew; late without good reason, the request is
/// no longer handled (result row 3.6.1).
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("what").required(true))]
pub(crate) struct Args {
    /// Number of the request
    no: String,
    /// What must be made clear
    #[arg(long, value_name = "TEXT", group = "what", requires = "until")]
    ask: Option<String>,
    /// Day until which the applicant may do so
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
    /// The supplement came
    #[arg(long, group = "what")]
    came: bool,
    /// It did not come in time
    #[arg(long, group = "what")]
    expired: bool,
    /// Day it happened; today if not given
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
    /// Number of the notice
    #[arg(long, value_name = "NUMBER")]
    doc_no: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let request = chosen(ctx.db()?, &args.no)?;
    let on = day(ctx, args.on.as_deref(), &request)?;
    let desk = super::Desk::open(ctx)?;
    if let Some(what) = &args.ask {
        if desk.events(&request).iter().any(|event| event.kind == Event::AskSupplement.word()) {
            return Err(Failure::new("request.asked-already", Exit::Conflict, say!("request-asked-already", no = request.no.clone()))
                .hint(say!("request-asked-already-hint"))
                .into());
        }
        let until = args.until.as_deref().map(parse_day).transpose()?;
        super::later(until, on)?;
        if let Some(due) = desk.limit(&request).and_then(|limit| limit.due).map(|due| due.due.on).filter(|due| on > *due) {
            return Err(Failure::new("request.supplement-late", Exit::Conflict, say!("request-supplement-over", due = due.to_string()))
                .hint(say!("request-supplement-over-hint"))
                .into());
        }
        if let Some(received) = request.received_on {
            let last =
                crate::calendar::rule_on("disclosure-supplement", received.0).map(|rule| desk.workdays.after(received.0, rule.days).on);
            if let Ok(last) = last
                && on > last
            {
                ctx.remark(&say!("request-supplement-late", last = last.to_string()));
            }
        }
        let happening =
            Happening { until, note: Some(what.clone()), doc_no: args.doc_no.clone(), ..Happening::new(Event::AskSupplement, on) };
        return happen(ctx, "request.supplement", "request supplement", request, happening, |_, _| Ok(()));
    }
    let asked = desk.events(&request).iter().rev().find(|event| event.kind == Event::AskSupplement.word());
    if let (true, Some(until)) = (args.expired, asked.and_then(|event| event.until_on))
        && on <= until.0
    {
        return Err(Failure::new("request.not-expired", Exit::Conflict, say!("request-not-expired", until = until.to_string()))
            .hint(say!("request-not-expired-hint"))
            .into());
    }
    let event = if args.came { Event::Supplement } else { Event::SupplementExpire };
    let happening = Happening { doc_no: args.doc_no.clone(), ..Happening::new(event, on) };
    let expired = args.expired;
    happen(ctx, "request.supplement", "request supplement", request, happening, |_, request| {
        if expired {
            close(request, on, "3.6.1", Some("30".to_owned()));
        }
        Ok(())
    })
}
