use anyhow::Result;

use super::{Desk, chosen};
use crate::cli::calendar::skipped;
use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::db::cases;
use crate::db::handlers::{self, Paper};
use crate::identifiers::mask_resident;
use crate::view::Cell;

/// Show one case: its clocks with every day passed over, its events, its special procedures
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Number of the case
    no: String,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let desk = Desk::open(ctx)?;
    let case = chosen(ctx.db()?, &args.no)?;
    let found = desk.standing(&case);
    let mut report = report("case.show", vec![left("field"), left("value")]);
    let mut line = |field: String, value: Cell| report.push(vec![field.into(), value]);
    let handler = handlers::of(ctx.db()?, Paper::Case(case.id))?;
    let item = desk.item(&case);
    let limits = desk.limits(&case);
    for (field, value) in [
        ("no", Cell::from(case.no.clone())),
        ("item", item.map(|item| item.name.clone()).into()),
        ("item_code", item.and_then(|item| item.code.clone()).into()),
        ("item_version", case.item_version_no.into()),
        ("organ", item.map(|item| item.organ.clone()).into()),
        ("applicant", case.applicant_name.clone().into()),
        ("applicant_id_no", case.applicant_id_no.as_deref().map(mask_resident).into()),
        ("contact", case.contact.clone().into()),
        ("status", case.status.clone().into()),
        ("handler", handler.into()),
        ("procedure", case.procedure.clone().into()),
        ("rule", case.rule.clone().into()),
        ("received_on", case.received_on.0.into()),
        ("accepted_on", found.accepted_on.into()),
        ("deemed_accepted", (case.deemed_accepted || found.deemed_accepted).into()),
        ("legal_days", limits.legal.0.into()),
        ("legal_due_on", found.legal.as_ref().map(|legal| legal.due.on).into()),
        ("provisional", found.legal.as_ref().is_some_and(|legal| legal.due.provisional).into()),
        ("promise_days", limits.promise.map(|(n, _)| n).into()),
        ("promise_due_on", found.promise.as_ref().map(|promise| promise.due.on).into()),
        ("paused", found.paused.into()),
        ("extended_on", case.extended_on.map(|day| day.0).into()),
        ("due_on", found.due_on.into()),
        ("left", found.left.into()),
        ("light", found.light.map(|light| light.word()).into()),
        ("renews_until", case.renews_until.map(|day| day.0).into()),
        ("deemed_renewed", found.deemed_renewed.into()),
        ("decided_on", case.decided_on.map(|day| day.0).into()),
        ("outcome", case.outcome.clone().into()),
        ("decision_doc_no", case.decision_doc_no.clone().into()),
        ("certificate_no", case.certificate_no.clone().into()),
        ("timing", found.timing.map(|timing| timing.word()).into()),
        ("delivered_on", case.delivered_on.map(|day| day.0).into()),
    ] {
        line(field.to_owned(), value);
    }
    if let Some(legal) = &found.legal {
        line("skipped".to_owned(), skipped(legal));
    }
    for event in cases::events(ctx.db()?, Some(case.id))? {
        let words = [
            event.until_on.map(|day| day.to_string()),
            Some(event.event),
            event.doc_no,
            event.note.map(|note| note.replace('\u{1f}', " ")),
            event.actor,
        ];
        line(format!("event_{}", event.seq), words.into_iter().flatten().collect::<Vec<_>>().join(" · ").into());
    }
    for (number, special) in desk.specials(&case).iter().enumerate() {
        let told = special.until_on.map_or_else(|| "…".to_owned(), |day| format!("…{day}"));
        let until = special.ended_on.map_or(told, |day| day.to_string());
        let words =
            [Some(format!("{}..{until}", special.started_on)), Some(special.name.clone()), special.basis.clone(), special.result.clone()];
        line(format!("special_{}", number + 1), words.into_iter().flatten().collect::<Vec<_>>().join(" · ").into());
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}
