use anyhow::Result;

use super::{By, Desk, Happening, chosen, happen, in_order, view};
use crate::casework::Event;
use crate::context::{Context, Outcome, parse_day};
use crate::say;

/// Note that a decision was delivered (送达), due 10 working days after it
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Number of the case
    no: String,
    /// Day of delivery; today if not given
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
    /// Sent by post
    #[arg(long)]
    by_post: bool,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let on = args.on.as_deref().map(parse_day).transpose()?.unwrap_or_else(|| ctx.clock.today());
    let mut desk = Desk::open(ctx)?;
    let mut case = chosen(ctx.db()?, &args.no)?;
    let decided = case.decided_on.map_or(case.received_on.0, |day| day.0);
    in_order(ctx, on, decided)?;
    let limit = crate::calendar::rule_on("license-deliver", decided).map_or(10, |rule| rule.days);
    let last = desk.workdays.after(decided, limit).on;
    if on > last {
        ctx.remark(&say!("case-delivered-late", last = last.to_string()));
    }
    case.delivered_on = Some(on.into());
    case.by_post = Some(args.by_post);
    let (now, actor) = (ctx.clock.now(), ctx.actor().login_or_user());
    let happening = Happening { event: Event::Delivered, on, doc_no: None, note: None };
    let case = ctx.write(|db, log| happen(db, log, &mut desk, By { verb: "case deliver", now, actor: &actor }, case, happening))?;
    ctx.show(view::one("case.deliver", &desk, &case))?;
    Ok(Outcome::Done)
}
