use anyhow::Result;

use super::Desk;
use crate::cli::calendar::skipped;
use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::db::handlers::{self, Paper};
use crate::db::requests;
use crate::failure::{Exit, Failure};
use crate::identifiers::mask_resident;
use crate::say;
use crate::view::Cell;

/// Show one request: its limit with every day passed over, and its events
///
/// The applicant's name, number and address are personal data and shown only with --personal.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Number of the request
    no: String,
    /// Show who applied; the number of identity stays masked
    #[arg(long)]
    personal: bool,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let mut desk = Desk::open(ctx)?;
    let (request, unit) = requests::by_no(ctx.db()?, &args.no)?.ok_or_else(|| {
        Failure::new("request.unknown", Exit::NotFound, say!("request-unknown", no = args.no.clone())).hint(say!("request-unknown-hint"))
    })?;
    desk.refresh(ctx.db()?, request.id)?;
    let handler = handlers::of(ctx.db()?, Paper::Request(request.id))?;
    let limit = desk.limit(&request);
    let due = limit.as_ref().and_then(|limit| limit.due.as_ref());
    let mut report = report("request.show", vec![left("field"), left("value")]);
    let mut line = |field: String, value: Cell| report.push(vec![field.into(), value]);
    let personal = |text: &Option<String>| text.clone().filter(|_| args.personal);
    for (field, value) in [
        ("no", Cell::from(request.no.clone())),
        ("unit", unit.0.into()),
        ("unit_name", unit.1.into()),
        ("applicant_kind", request.applicant_kind.clone().into()),
        ("applicant", personal(&Some(request.applicant_name.clone())).into()),
        ("applicant_id_no", personal(&request.applicant_id_no).as_deref().map(mask_resident).into()),
        ("contact", personal(&request.contact).into()),
        ("channel", request.channel.clone().into()),
        ("subject", request.subject.clone().into()),
        ("form_wanted", request.form_wanted.clone().into()),
        ("status", request.status.clone().into()),
        ("handler", handler.into()),
        ("regime", request.regime.clone().into()),
        ("arrived_on", request.arrived_on.0.into()),
        ("confirmed_on", request.confirmed_on.map(|day| day.0).into()),
        ("received_on", request.received_on.map(|day| day.0).into()),
        ("receipt_rule", request.receipt_rule.clone().into()),
        ("day0", limit.as_ref().map(|limit| limit.day0).into()),
        ("working_days", limit.as_ref().map(|limit| limit.base).into()),
        ("extension", limit.as_ref().map(|limit| limit.extension).into()),
        ("due_on", due.map(|due| due.due.on).into()),
        ("provisional", due.is_some_and(|due| due.due.provisional).into()),
        ("waiting_until", limit.as_ref().and_then(|limit| limit.waiting_until).into()),
        ("replied_on", request.replied_on.map(|day| day.0).into()),
        ("closed_on", request.closed_on.map(|day| day.0).into()),
        ("outcome_row", request.outcome_row.clone().into()),
        ("outcome_article", request.outcome_article.clone().into()),
        ("reply_no", request.reply_no.clone().into()),
        ("fee_scheme", request.fee_scheme.clone().into()),
        ("fee_yuan", request.fee_yuan.into()),
        ("fee_paid_on", request.fee_paid_on.map(|day| day.0).into()),
        ("pages", request.pages.into()),
    ] {
        line(field.to_owned(), value);
    }
    if let Some(due) = due {
        line("skipped".to_owned(), skipped(due));
    }
    for event in desk.events(&request) {
        let words = [
            Some(event.on_date.to_string()),
            Some(event.kind.clone()),
            event.until_on.map(|day| format!("→ {day}")),
            event.days.map(|days| format!("+{days}")),
            event.doc_no.clone(),
            event.party.clone().filter(|_| args.personal),
            event.note.clone(),
            event.actor.clone(),
        ];
        line(format!("event_{}", event.seq), words.into_iter().flatten().collect::<Vec<_>>().join(" · ").into());
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}
