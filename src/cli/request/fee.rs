use anyhow::Result;
use jiff::civil::Date;

use super::{Desk, Happening, chosen, close, day, happen, logged, refused, show_line};
use crate::cli::case::in_order;
use crate::context::{Context, Outcome, parse_day};
use crate::db::requests::{self, Request};
use crate::disclosure::fees::{Scheme, fee};
use crate::disclosure::request::{Event, State};
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
use crate::say;

/// Send the notice of the processing fee (信息处理费), and note its payment
///
/// By 国办函〔2020〕109号 one of two schemes, never both: by items of the same applicant in the
/// month, or by pages. The notice goes out before the limit ends; the applicant has 20 working
/// days from receiving it, which --received notes then or later; after payment the period begins
/// anew, without payment the request is dropped (result row 3.6.2). `swj request charge` shows
/// the arithmetic.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("what"))]
pub(crate) struct Args {
    /// Number of the request
    no: String,
    /// Charge by so many items
    #[arg(long, value_name = "N", group = "what", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    items: Option<u32>,
    /// Charge by so many pages
    #[arg(long, value_name = "N", group = "what", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pages: Option<u32>,
    /// The fee was paid
    #[arg(long, group = "what")]
    paid: bool,
    /// It was not paid in time
    #[arg(long, group = "what")]
    expired: bool,
    /// Day the applicant received the notice; alone, noted afterwards
    #[arg(long, value_name = "DATE")]
    received: Option<String>,
    /// Items of the same applicant earlier in the month, where the register cannot tell
    #[arg(long, value_name = "N", requires = "items")]
    before: Option<u64>,
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
    let received = args.received.as_deref().map(parse_day).transpose()?;
    if args.paid || args.expired {
        return settled(ctx, args, request, on);
    }
    match (args.items, args.pages, received) {
        (Some(items), _, received) => charged(ctx, args, request, on, (Scheme::Item, items), received),
        (_, Some(pages), received) => charged(ctx, args, request, on, (Scheme::Page, pages), received),
        (None, None, Some(received)) => noted(ctx, request, on, received),
        (None, None, None) => {
            Err(Failure::new("usage.fee", Exit::Usage, say!("request-fee-what")).hint(say!("request-fee-what-hint")).into())
        }
    }
}

fn conflict<T>(code: &'static str, sentence: String, hint: String) -> Result<T> {
    Err(Failure::new(code, Exit::Conflict, sentence).hint(hint).into())
}

/// The notice: by one scheme, once.
fn charged(
    ctx: &mut Context,
    args: &Args,
    request: Request,
    on: Date,
    (scheme, n): (Scheme, u32),
    received: Option<Date>,
) -> Result<Outcome> {
    let first = jiff::civil::date(2021, 1, 1);
    if request.received_on.is_none_or(|day| day.0 < first) {
        return conflict("request.no-fee", say!("request-no-fee", first = first.to_string()), say!("request-no-fee-hint"));
    }
    if let (Some(charged), Some(yuan)) = (&request.fee_scheme, request.fee_yuan) {
        let sentence = say!("request-fee-charged", scheme = charged.clone(), yuan = yuan.to_string());
        return conflict("request.fee-charged", sentence, say!("request-fee-charged-hint"));
    }
    let limit = Desk::open(ctx)?.limit(&request);
    if let Some(due) = limit.and_then(|limit| limit.due).filter(|due| on > due.due.on) {
        return conflict("request.fee-late", say!("request-fee-late", due = due.due.on.to_string()), say!("request-fee-late-hint"));
    }
    if let Some(received) = received {
        in_order(ctx, received, on)?;
    }
    let before = match (scheme, args.before) {
        (Scheme::Page, _) => 0,
        (Scheme::Item, Some(before)) => before,
        (Scheme::Item, None) => {
            let earlier = requests::earlier_this_month(ctx.db()?, &request)?;
            let sum: i64 = earlier.iter().map(|(_, items)| items).sum();
            if sum > 0 {
                let numbers: Vec<String> = earlier.iter().map(|(no, items)| format!("{no} ({items})")).collect();
                ctx.remark(&say!("request-fee-earlier", items = sum.to_string(), requests = numbers.join(", ")));
            }
            u64::try_from(sum).unwrap_or(0)
        }
    };
    let yuan = fee(scheme, before, n.into());
    let noted = move |request: &mut Request| match scheme {
        Scheme::Item => request.items = Some(n.into()),
        Scheme::Page => request.pages = Some(n.into()),
    };
    if yuan == 0 {
        // No notice and no waiting, but the items count towards the month.
        let after = ctx.write(|db, log| {
            requests::hold(db, &request.no)?;
            let before = chosen(db, &request.no)?;
            let mut after = before.clone();
            noted(&mut after);
            requests::save(db, &after)?;
            log.push(Entry {
                verb: "request fee",
                table: Some("disclosure_request"),
                key: Some(after.no.clone()),
                old: Some(logged(&before)),
                new: Some(logged(&after)),
            });
            Ok(after)
        })?;
        ctx.remark(&say!("request-fee-free"));
        return show_line(ctx, "request.fee", &after.no);
    }
    let happening = Happening {
        until: received,
        doc_no: args.doc_no.clone(),
        note: Some(format!("{} {n} {yuan}元", scheme.word())),
        ..Happening::new(Event::FeeNotice, on)
    };
    ctx.remark(&say!("request-fee-is", yuan = yuan.to_string()));
    happen(ctx, "request.fee", "request fee", request, happening, |_, request| {
        request.fee_scheme = Some(scheme.word().to_owned());
        request.fee_yuan = i64::try_from(yuan).ok();
        noted(request);
        Ok(())
    })
}

/// The day the applicant received the notice, noted when it is known.
fn noted(ctx: &mut Context, request: Request, on: Date, received: Date) -> Result<Outcome> {
    let Some(sent) = Desk::open(ctx)?.sent(&request, Event::FeeNotice).filter(|_| request.status == State::Fee.word()) else {
        return Err(refused(&request, Event::FeeNotice));
    };
    in_order(ctx, received, sent)?;
    let happening = Happening { until: Some(received), ..Happening::new(Event::CorrectRecord, on) };
    happen(ctx, "request.fee", "request fee", request, happening, |_, _| Ok(()))
}

/// Paid, or not in time.
fn settled(ctx: &mut Context, args: &Args, request: Request, on: Date) -> Result<Outcome> {
    let desk = Desk::open(ctx)?;
    let until = desk.limit(&request).and_then(|limit| limit.waiting_until);
    if args.expired && request.status == State::Fee.word() {
        if !desk.receipt_known(&request, Event::FeeNotice) {
            let hint = say!("request-fee-receipt-hint", no = request.no);
            return conflict("request.fee-receipt", say!("request-fee-receipt"), hint);
        }
        if let Some(until) = until.filter(|until| on <= *until) {
            return conflict(
                "request.not-expired",
                say!("request-not-expired", until = until.to_string()),
                say!("request-not-expired-hint"),
            );
        }
    }
    let event = if args.paid { Event::Paid } else { Event::FeeExpire };
    let paid = args.paid;
    if let (true, Some(until)) = (paid, until.filter(|until| on > *until)) {
        ctx.remark(&say!("request-paid-late", until = until.to_string()));
    }
    happen(ctx, "request.fee", "request fee", request, Happening::new(event, on), |_, request| {
        if paid {
            request.fee_paid_on = Some(on.into());
        } else {
            close(request, on, "3.6.2", Some("国办函〔2020〕109号".to_owned()));
        }
        Ok(())
    })
}
