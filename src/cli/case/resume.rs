use anyhow::Result;

use super::{By, Desk, Happening, chosen, happen, in_order, view};
use crate::casework::Event;
use crate::context::{Context, Outcome, parse_day};
use crate::db::cases;
use crate::failure::{Exit, Failure};
use crate::say;

/// Let the clock run again: a special procedure has ended
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Number of the case
    no: String,
    /// Day it ended; today if not given
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
    /// Name of the procedure, when several are open: 听证, 专家评审 …
    #[arg(long, value_name = "NAME")]
    procedure: Option<String>,
    /// What came of it
    #[arg(long, value_name = "TEXT")]
    result: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let on = args.on.as_deref().map(parse_day).transpose()?.unwrap_or_else(|| ctx.clock.today());
    let mut desk = Desk::open(ctx)?;
    let case = chosen(ctx.db()?, &args.no)?;
    let open: Vec<_> = desk.specials(&case).iter().filter(|special| special.ended_on.is_none()).cloned().collect();
    let wanted: Vec<_> = open.iter().filter(|special| args.procedure.as_ref().is_none_or(|name| special.name == *name)).collect();
    let special = match wanted.as_slice() {
        [one] => (*one).clone(),
        _ => {
            let names = open.iter().map(|special| special.name.as_str()).collect::<Vec<_>>().join(", ");
            return Err(Failure::new("case.not-paused", Exit::Conflict, say!("case-not-paused", no = case.no.clone()))
                .hint(say!("case-not-paused-hint", open = if names.is_empty() { "–".to_owned() } else { names }))
                .into());
        }
    };
    in_order(ctx, on, special.started_on.0)?;
    let (now, actor) = (ctx.clock.now(), ctx.actor().login_or_user());
    let happening = Happening { event: Event::Resumed, on, doc_no: None, note: args.result.clone() };
    let case = ctx.write(|db, log| {
        cases::end_special(db, special.id, on.into(), args.result.as_deref(), None)?;
        happen(db, log, &mut desk, By { verb: "case resume", now, actor: &actor }, case, happening)
    })?;
    ctx.show(view::one("case.resume", &desk, &case))?;
    Ok(Outcome::Done)
}
