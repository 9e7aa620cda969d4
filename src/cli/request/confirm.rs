use anyhow::Result;

use super::{Happening, chosen, day, happen, refused};
use crate::context::{Context, Outcome};
use crate::disclosure::request::{Event, Regime, received};

/// Note the day the applicant confirmed the request: the day of receipt
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Number of the request
    no: String,
    /// Day it was confirmed; today if not given
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let request = chosen(ctx.db()?, &args.no)?;
    let on = day(ctx, args.on.as_deref(), &request)?;
    let (day0, rule) = received(&request.channel, request.signed, request.arrived_on.0, Some(on));
    let Some(day0) = day0 else { return Err(refused(&request, Event::Confirm)) };
    happen(ctx, "request.confirm", "request confirm", request, Happening::new(Event::Confirm, on), |_, request| {
        request.confirmed_on = Some(on.into());
        request.received_on = Some(day0.into());
        request.receipt_rule = Some(rule.to_owned());
        request.regime = Regime::on(day0).word().to_owned();
        Ok(())
    })
}
