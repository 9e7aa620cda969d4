use anyhow::Result;

use super::{By, Desk, Happening, chosen, happen, in_order, view};
use crate::casework::Event;
use crate::context::{Context, Outcome, parse_day};
use crate::db::cases::{self, NewSpecial};
use crate::failure::{Exit, Failure};
use crate::say;

/// Stop the clock for a special procedure (特别程序)
///
/// Hearing, tender, auction, inspection, testing, quarantine, appraisal, expert review: the
/// time they take does not count (行政许可法 Art. 45), and the applicant is told in writing.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Number of the case
    no: String,
    /// What kind of procedure
    #[arg(long, value_parser = ["hearing", "tender", "auction", "inspection", "testing", "quarantine", "appraisal", "expert-review"])]
    kind: String,
    /// Day it begins; today if not given
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
    /// Day it will end, as told to the applicant
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
    /// Ground, as told to the applicant
    #[arg(long, value_name = "TEXT")]
    basis: String,
    /// Number of the notice
    #[arg(long, value_name = "NUMBER")]
    doc_no: Option<String>,
}

/// The name a procedure has in the act and in the exchange tables.
pub(super) fn title(kind: &str) -> &'static str {
    match kind {
        "hearing" => "听证",
        "tender" => "招标",
        "auction" => "拍卖",
        "inspection" => "检验",
        "testing" => "检测",
        "quarantine" => "检疫",
        "appraisal" => "鉴定",
        _ => "专家评审",
    }
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let on = args.on.as_deref().map(parse_day).transpose()?.unwrap_or_else(|| ctx.clock.today());
    let mut desk = Desk::open(ctx)?;
    let case = chosen(ctx.db()?, &args.no)?;
    let until = args.until.as_deref().map(parse_day).transpose()?;
    if let Some(until) = until.filter(|until| *until < on) {
        let sentence = say!("case-day-too-early", on = until.to_string(), before = on.to_string());
        return Err(Failure::new("case.day-too-early", Exit::Conflict, sentence).hint(say!("case-pause-until-hint")).into());
    }
    in_order(ctx, on, case.accepted_on.map_or(case.received_on.0, |day| day.0))?;
    if desk.specials(&case).iter().any(|special| special.ended_on.is_none() && special.name == title(&args.kind)) {
        return Err(Failure::new("case.paused-already", Exit::Conflict, say!("case-paused-already", name = title(&args.kind)))
            .hint(say!("case-paused-already-hint", no = case.no.clone()))
            .into());
    }
    let (now, actor) = (ctx.clock.now(), ctx.actor().login_or_user());
    let happening = Happening { event: Event::Paused, on, doc_no: args.doc_no.clone(), note: Some(args.basis.clone()) };
    let special = NewSpecial {
        case_id: case.id,
        kind: "2".to_owned(),
        name: title(&args.kind).to_owned(),
        started_on: on.into(),
        ended_on: None,
        basis: Some(args.basis.clone()),
        result: None,
        opinion: None,
        approved_by: None,
        until_on: until.map(Into::into),
    };
    let case = ctx.write(|db, log| {
        let case = happen(db, log, &mut desk, By { verb: "case pause", now, actor: &actor }, case, happening)?;
        cases::add_special(db, &special)?;
        desk.refresh(db, Some(case.id))?;
        Ok(case)
    })?;
    ctx.show(view::one("case.pause", &desk, &case))?;
    Ok(Outcome::Done)
}
