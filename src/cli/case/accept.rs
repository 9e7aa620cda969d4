use anyhow::Result;

use super::{By, Desk, Happening, chosen, happen, in_order, view};
use crate::casework::{Event, intake};
use crate::context::{Context, Outcome, parse_day};
use crate::say;

/// Accept a case (受理), or refuse to
///
/// Five working days after receipt without a word the case is accepted by law, from the day
/// of receipt; accepting it later does not move the clock. --refuse not-needed is 不受理 (no
/// licence is needed), not-ours is 不予受理 (another organ's power).
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Number of the case
    no: String,
    /// Day of acceptance; today if not given
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
    /// Number of the slip
    #[arg(long, value_name = "NUMBER")]
    doc_no: Option<String>,
    /// Do not accept it: not-needed or not-ours
    #[arg(long, value_name = "WHY", value_parser = ["not-needed", "not-ours"])]
    refuse: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let on = args.on.as_deref().map(parse_day).transpose()?.unwrap_or_else(|| ctx.clock.today());
    let mut desk = Desk::open(ctx)?;
    let mut case = chosen(ctx.db()?, &args.no)?;
    in_order(ctx, on, case.received_on.0)?;
    // Whether silence has accepted it is judged on the day of the act, not on today.
    let begun = desk.supplemented_on(&case).unwrap_or(case.received_on.0);
    let last = intake(&desk.workdays, begun, desk.limits(&case).intake);
    let event = if args.refuse.is_some() { Event::NotAccepted } else { Event::Accepted };
    match event {
        Event::NotAccepted if on > last => {
            ctx.remark(&say!("case-deemed-accepted", last = last.to_string(), from = begun.to_string()));
            return Err(super::too_late_to_refuse(&case.no));
        }
        Event::NotAccepted => {
            case.outcome = Some("not_accepted".to_owned());
            case.decided_on = Some(on.into());
        }
        _ if on > last => {
            ctx.remark(&say!("case-deemed-accepted", last = last.to_string(), from = begun.to_string()));
            case.accepted_on = Some(begun.into());
            case.deemed_accepted = true;
        }
        _ => case.accepted_on = Some(on.into()),
    }
    case.accept_doc_no.clone_from(&args.doc_no);
    let (now, actor) = (ctx.clock.now(), ctx.actor().login_or_user());
    let happening = Happening { event, on, doc_no: args.doc_no.clone(), note: args.refuse.clone() };
    let case = ctx.write(|db, log| happen(db, log, &mut desk, By { verb: "case accept", now, actor: &actor }, case, happening))?;
    ctx.show(view::one("case.accept", &desk, &case))?;
    Ok(Outcome::Done)
}
