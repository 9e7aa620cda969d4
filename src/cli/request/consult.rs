use anyhow::Result;

use super::{Desk, Happening, chosen, day, happen, refused};
use crate::context::{Context, Outcome, parse_day};
use crate::disclosure::request::Event;

/// Ask a third party, or the organs that made the information together
///
/// The time is not counted: up to 15 working days (条例 2019 Art. 32 to 34), by the setting
/// `disclosure.consulted_from` from sending the letter or from its receipt. Silence of a
/// third party leaves the decision to the organ, silence of an organ is consent.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Number of the request
    no: String,
    /// Who is asked
    #[arg(long = "with", value_parser = ["third", "organ"])]
    with: String,
    /// Name of the party
    #[arg(long, value_name = "NAME")]
    party: Option<String>,
    /// Day the party received the letter
    #[arg(long, value_name = "DATE")]
    received: Option<String>,
    /// The party answered: consents or objects
    #[arg(long, value_parser = ["consents", "objects"], conflicts_with_all = ["received", "expired"])]
    replied: Option<String>,
    /// The party was silent for 15 working days
    #[arg(long, conflicts_with = "received")]
    expired: bool,
    /// Day it happened; today if not given
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
    /// Number of the letter
    #[arg(long, value_name = "NUMBER")]
    doc_no: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let request = chosen(ctx.db()?, &args.no)?;
    let on = day(ctx, args.on.as_deref(), &request)?;
    let third = args.with == "third";
    let back = args.replied.is_some() || args.expired;
    let event = match (third, back, args.expired) {
        (true, false, _) => Event::ConsultThird,
        (true, true, true) => Event::ThirdExpire,
        (true, true, false) => Event::ThirdReply,
        (false, false, _) => Event::ConsultOrgan,
        (false, true, _) => Event::OrganReply,
    };
    if back {
        let desk = Desk::open(ctx)?;
        let (asked, answered): (Event, &[Event]) = if third {
            (Event::ConsultThird, &[Event::ThirdReply, Event::ThirdExpire])
        } else {
            (Event::ConsultOrgan, &[Event::OrganReply])
        };
        if desk.out(&request, &[asked], answered) == 0 {
            return Err(refused(&request, event));
        }
    }
    let until = args.received.as_deref().map(parse_day).transpose()?;
    let happening = Happening {
        until,
        doc_no: args.doc_no.clone(),
        note: args.replied.clone(),
        party: args.party.clone(),
        ..Happening::new(event, on)
    };
    happen(ctx, "request.consult", "request consult", request, happening, |_, _| Ok(()))
}
