use anyhow::Result;

use super::{Desk, Happening, chosen, day, happen};
use crate::context::{Context, Outcome};
use crate::disclosure::request::{Event, Regime};
use crate::failure::{Exit, Failure};
use crate::say;

/// Extend the limit once, before it ends (延期答复)
///
/// With the consent of the head of the disclosure office, by at most 20 working days (条例 2019
/// Art. 33; 15 before 15 May 2019), and the applicant is told.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Number of the request
    no: String,
    /// Who consented
    #[arg(long, value_name = "NAME")]
    approver: String,
    /// Reasons, as told to the applicant
    #[arg(long, value_name = "TEXT")]
    because: String,
    /// Working days; the most the law allows if not given
    #[arg(long, value_name = "N")]
    days: Option<u32>,
    /// Day it was told; today if not given
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
    let conflict = |code: &'static str, sentence: String, hint: String| Err(Failure::new(code, Exit::Conflict, sentence).hint(hint).into());
    if let Some(limit) = desk.limit(&request) {
        if limit.own {
            return conflict("request.own-limit", say!("request-own-limit"), say!("request-own-limit-hint"));
        }
        if limit.extended {
            return conflict("request.extended-already", say!("request-extended-already"), say!("request-extended-already-hint"));
        }
        if let Some(due) = limit.due.filter(|due| on > due.due.on) {
            return conflict(
                "request.extended-late",
                say!("request-extended-late", due = due.due.on.to_string()),
                say!("request-extended-late-hint"),
            );
        }
    }
    let received = request.received_on.map_or(on, |day| day.0);
    let most = crate::calendar::rule_on("disclosure-extend", received)
        .map_or(if Regime::on(received) == Regime::Of2008 { 15 } else { 20 }, |rule| rule.days);
    let days = args.days.unwrap_or(most);
    if days == 0 || days > most {
        return conflict(
            "request.extended-long",
            say!("request-extended-long", most = most.to_string()),
            say!("request-extended-long-hint"),
        );
    }
    let happening = Happening {
        days: Some(days.into()),
        doc_no: args.doc_no.clone(),
        note: Some(format!("{}（{}）", args.because, args.approver)),
        ..Happening::new(Event::Extend, on)
    };
    happen(ctx, "request.extend", "request extend", request, happening, |_, request| {
        // Somebody may have been quicker.
        if request.extended_due_on.is_some() {
            return Err(Failure::new("request.extended-already", Exit::Conflict, say!("request-extended-already"))
                .hint(say!("request-extended-already-hint"))
                .into());
        }
        Ok(())
    })
}
