use anyhow::Result;

use super::{Desk, Happening, chosen, close, day, happen};
use crate::context::{Context, Outcome, parse_day};
use crate::db::requests;
use crate::disclosure::fees::{Scheme, fee};
use crate::disclosure::request::Event;
use crate::failure::{Exit, Failure};
use crate::say;

/// Send the notice of the processing fee (信息处理费), and note its payment
///
/// By 国办函〔2020〕109号 one of two schemes: by items of the same applicant in the month, or by
/// pages. The notice goes out before the limit ends; the applicant has 20 working days from
/// receiving it; after payment the period begins anew, without payment the request is dropped
/// (result row 3.6.2). `swj request charge` shows the arithmetic.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("what").required(true))]
pub(crate) struct Args {
    /// Number of the request
    no: String,
    /// Charge by so many items
    #[arg(long, value_name = "N", group = "what")]
    items: Option<u32>,
    /// Charge by so many pages
    #[arg(long, value_name = "N", group = "what")]
    pages: Option<u32>,
    /// The fee was paid
    #[arg(long, group = "what")]
    paid: bool,
    /// It was not paid in time
    #[arg(long, group = "what")]
    expired: bool,
    /// Day the applicant received the notice
    #[arg(long, value_name = "DATE")]
    received: Option<String>,
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
    let desk = Desk::open(ctx)?;
    let limit = desk.limit(&request);
    let conflict = |code: &'static str, sentence: String, hint: String| Err(Failure::new(code, Exit::Conflict, sentence).hint(hint).into());
    if args.items.is_some() || args.pages.is_some() {
        let first = jiff::civil::date(2021, 1, 1);
        if request.received_on.is_none_or(|day| day.0 < first) {
            return conflict("request.no-fee", say!("request-no-fee", first = first.to_string()), say!("request-no-fee-hint"));
        }
        if let Some(due) = limit.and_then(|limit| limit.due).filter(|due| on > due.due.on) {
            return conflict("request.fee-late", say!("request-fee-late", due = due.due.on.to_string()), say!("request-fee-late-hint"));
        }
        let received = args.received.as_deref().map(parse_day).transpose()?;
        let (scheme, n) = match (args.items, args.pages) {
            (Some(items), _) => (Scheme::Item, items),
            (_, pages) => (Scheme::Page, pages.unwrap_or(0)),
        };
        let before = match scheme {
            Scheme::Item => {
                let month = request.received_on.unwrap_or(request.arrived_on);
                u64::try_from(requests::items_this_month(ctx.db()?, &request.applicant_name, month, request.id)?).unwrap_or(0)
            }
            Scheme::Page => 0,
        };
        let yuan = fee(scheme, before, n.into());
        if yuan == 0 {
            return conflict("request.fee-free", say!("request-fee-free"), say!("request-fee-free-hint"));
        }
        let happening = Happening {
            until: received,
            doc_no: args.doc_no.clone(),
            note: Some(format!("{} {n} {yuan}元", scheme.word())),
            ..Happening::new(Event::FeeNotice, on)
        };
        ctx.remark(&say!("request-fee-is", yuan = yuan.to_string()));
        return happen(ctx, "request.fee", "request fee", request, happening, |_, request| {
            request.fee_scheme = Some(scheme.word().to_owned());
            request.fee_yuan = i64::try_from(yuan).ok();
            match scheme {
                Scheme::Item => request.items = Some(n.into()),
                Scheme::Page => request.pages = Some(n.into()),
            }
            Ok(())
        });
    }
    if let (true, Some(until)) = (args.expired, limit.and_then(|limit| limit.waiting_until))
        && on <= until
    {
        return conflict("request.not-expired", say!("request-not-expired", until = until.to_string()), say!("request-not-expired-hint"));
    }
    let event = if args.paid { Event::Paid } else { Event::FeeExpire };
    let paid = args.paid;
    happen(ctx, "request.fee", "request fee", request, Happening::new(event, on), |_, request| {
        if paid {
            request.fee_paid_on = Some(on.into());
        } else {
            close(request, on, "3.6.2", Some("国办函〔2020〕109号".to_owned()));
        }
        Ok(())
    })
}
