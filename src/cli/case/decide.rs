use anyhow::Result;

use super::{By, Desk, Happening, chosen, happen, in_order, view};
use crate::casework::Event;
use crate::context::{Context, Outcome, parse_day};
use crate::failure::{Exit, Failure};
use crate::say;

/// Decide a case: granted, refused, withdrawn by the applicant, terminated
///
/// A renewal that was in time and is undecided when the licence expires is granted by law
/// (行政许可法 Art. 50); it cannot be refused any more.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Number of the case
    no: String,
    /// How it ends
    #[arg(long, value_parser = ["granted", "refused", "withdrawn", "terminated"])]
    outcome: String,
    /// Day of the decision; today if not given
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
    /// Number of the decision
    #[arg(long, value_name = "NUMBER")]
    doc_no: Option<String>,
    /// Number of the licence that was granted
    #[arg(long, value_name = "NUMBER")]
    certificate: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let on = args.on.as_deref().map(parse_day).transpose()?.unwrap_or_else(|| ctx.clock.today());
    let mut desk = Desk::open(ctx)?;
    let mut case = chosen(ctx.db()?, &args.no)?;
    in_order(ctx, on, case.accepted_on.map_or(case.received_on.0, |day| day.0))?;
    let found = desk.standing(&case);
    if args.outcome == "refused" && found.deemed_renewed && case.renews_until.is_some_and(|expires| on > expires.0) {
        let expires = case.renews_until.map(|day| day.to_string()).unwrap_or_default();
        return Err(Failure::new("case.deemed-renewed", Exit::Conflict, say!("case-deemed-renewed", expires = expires))
            .hint(say!("case-deemed-renewed-hint"))
            .into());
    }
    if let Some(open) = desk.specials(&case).iter().find(|special| special.ended_on.is_none()) {
        return Err(Failure::new("case.still-paused", Exit::Conflict, say!("case-still-paused", name = open.name.clone()))
            .hint(say!("case-still-paused-hint", no = case.no.clone()))
            .into());
    }
    if args.certificate.is_some() && args.outcome != "granted" {
        return Err(Failure::new("usage.certificate", Exit::Usage, say!("usage-certificate")).hint(say!("usage-certificate-hint")).into());
    }
    if found.deemed_accepted && case.accepted_on.is_none() {
        // Silence accepted it; the acceptance is put on record with the decision.
        return Err(Failure::new("case.accept-first", Exit::Conflict, say!("case-accept-first", no = case.no.clone()))
            .hint(say!("case-accept-first-hint", no = case.no.clone()))
            .into());
    }
    let event = match args.outcome.as_str() {
        "withdrawn" => Event::Withdrawn,
        "terminated" => Event::Terminated,
        _ => Event::Decided,
    };
    case.outcome = Some(args.outcome.clone());
    case.decided_on = Some(on.into());
    case.decision_doc_no.clone_from(&args.doc_no);
    case.certificate_no.clone_from(&args.certificate);
    let (now, actor) = (ctx.clock.now(), ctx.actor().login_or_user());
    let happening = Happening { event, on, doc_no: args.doc_no.clone(), note: Some(args.outcome.clone()) };
    let case = ctx.write(|db, log| happen(db, log, &mut desk, By { verb: "case decide", now, actor: &actor }, case, happening))?;
    ctx.show(view::one("case.decide", &desk, &case))?;
    Ok(Outcome::Done)
}
