use anyhow::Result;

use super::{By, Desk, Happening, chosen, happen, in_order, view};
use crate::casework::Event;
use crate::context::{Context, Outcome, parse_day};
use crate::db::cases::{self, NewSpecial};
use crate::failure::{Exit, Failure};
use crate::say;

/// Extend the limit once (延长)
///
/// Ten working days with the approval of the organ's head, fifteen of the government's where
/// several organs decide together (行政许可法 Art. 42). It must be recorded on or before the
/// due day, and the applicant is told the reasons.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Number of the case
    no: String,
    /// Who approved it
    #[arg(long, value_name = "NAME")]
    approver: String,
    /// Reasons, as told to the applicant
    #[arg(long, value_name = "TEXT")]
    because: String,
    /// Day it was approved; today if not given
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
    /// Number of the notice
    #[arg(long, value_name = "NUMBER")]
    doc_no: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let on = args.on.as_deref().map(parse_day).transpose()?.unwrap_or_else(|| ctx.clock.today());
    let mut desk = Desk::open(ctx)?;
    let mut case = chosen(ctx.db()?, &args.no)?;
    in_order(ctx, on, case.accepted_on.map_or(case.received_on.0, |day| day.0))?;
    if let Some(before) = case.extended_on {
        return Err(Failure::new("case.extended-already", Exit::Conflict, say!("case-extended-already", on = before.to_string()))
            .hint(say!("case-extended-already-hint"))
            .into());
    }
    if let Some(due) = desk.standing(&case).legal.map(|legal| legal.due.on)
        && on > due
    {
        return Err(Failure::new("case.extended-late", Exit::Conflict, say!("case-extended-late", due = due.to_string()))
            .hint(say!("case-extended-late-hint"))
            .into());
    }
    case.extended_on = Some(on.into());
    let (now, actor) = (ctx.clock.now(), ctx.actor().login_or_user());
    let note = format!("{}（{}）", args.because, args.approver);
    let happening = Happening { event: Event::Extended, on, doc_no: args.doc_no.clone(), note: Some(note) };
    let special = NewSpecial {
        case_id: case.id,
        kind: "1".to_owned(),
        name: "延长审批".to_owned(),
        started_on: on.into(),
        ended_on: Some(on.into()),
        basis: Some(args.because.clone()),
        result: None,
        opinion: None,
        approved_by: Some(args.approver.clone()),
        until_on: None,
    };
    let case = ctx.write(|db, log| {
        let case = happen(db, log, &mut desk, By { verb: "case extend", now, actor: &actor }, case, happening)?;
        cases::add_special(db, &special)?;
        desk.refresh(db, Some(case.id))?;
        Ok(case)
    })?;
    ctx.show(view::one("case.extend", &desk, &case))?;
    Ok(Outcome::Done)
}
