use anyhow::Result;

use super::{Happening, chosen, close, day, happen};
use crate::context::{Context, Outcome};
use crate::disclosure::request::Event;

/// Note that the applicant withdrew the request (result row 3.6.3)
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Number of the request
    no: String,
    /// Day it was withdrawn; today if not given
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let request = chosen(ctx.db()?, &args.no)?;
    let on = day(ctx, args.on.as_deref(), &request)?;
    happen(ctx, "request.withdraw", "request withdraw", request, Happening::new(Event::Withdraw, on), |_, request| {
        // What was never confirmed was not received before the applicant got in touch: by withdrawing it (条例 2019 Art. 31).
        request.received_on.get_or_insert(on.into());
        close(request, on, "3.6.3", None);
        Ok(())
    })
}
