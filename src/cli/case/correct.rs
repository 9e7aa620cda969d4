use anyhow::Result;

use super::{By, Desk, Happening, chosen, happen, in_order, view};
use crate::casework::{Event, State, intake};
use crate::context::{Context, Outcome, parse_day};
use crate::say;

/// Tell the applicant once what is missing (补正), or note that it came
///
/// The notice must be given within 5 working days of receipt; later the case has been
/// accepted by law. With --submitted the material is complete and the period begins anew.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Number of the case
    no: String,
    /// Day of the notice, or of the submission; today if not given
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
    /// The applicant handed in what was missing
    #[arg(long)]
    submitted: bool,
    /// What is missing
    #[arg(long, value_name = "TEXT")]
    missing: Option<String>,
    /// Number of the notice
    #[arg(long, value_name = "NUMBER")]
    doc_no: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let on = args.on.as_deref().map(parse_day).transpose()?.unwrap_or_else(|| ctx.clock.today());
    let mut desk = Desk::open(ctx)?;
    let case = chosen(ctx.db()?, &args.no)?;
    in_order(ctx, on, case.received_on.0)?;
    let event = if args.submitted { Event::SupplementSubmitted } else { Event::SupplementNotice };
    if event == Event::SupplementNotice && case.status == State::Received.word() {
        let begun = desk.supplemented_on(&case).unwrap_or(case.received_on.0);
        if desk.supplemented_on(&case).is_some() {
            return Err(super::only_once(&case.no));
        }
        let last = intake(&desk.workdays, begun, desk.limits(&case).intake);
        if on > last {
            ctx.remark(&say!("case-deemed-accepted", last = last.to_string(), from = begun.to_string()));
            return Err(super::too_late_to_refuse(&case.no));
        }
    }
    let (now, actor) = (ctx.clock.now(), ctx.actor().login_or_user());
    let happening = Happening { event, on, doc_no: args.doc_no.clone(), note: args.missing.clone() };
    let case = ctx.write(|db, log| happen(db, log, &mut desk, By { verb: "case correct", now, actor: &actor }, case, happening))?;
    ctx.show(view::one("case.correct", &desk, &case))?;
    Ok(Outcome::Done)
}
