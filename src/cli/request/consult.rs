use anyhow::Result;

use super::{Desk, Happening, chosen, day, happen, refused};
use crate::cli::case::in_order;
use crate::context::{Context, Outcome, parse_day};
use crate::disclosure::request::{Event, Out};
use crate::failure::{Exit, Failure};
use crate::say;

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
    /// Day the party received the letter that was sent earlier
    #[arg(long, value_name = "DATE", conflicts_with_all = ["received", "replied", "expired", "doc_no"])]
    delivered: Option<String>,
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
    let desk = Desk::open(ctx)?;
    let asked = if third { Event::ConsultThird } else { Event::ConsultOrgan };
    let out: Vec<Out> = desk.out(&request).into_iter().filter(|out| out.event == asked).collect();
    if back || args.delivered.is_some() {
        let named = |out: &&Out| args.party.is_none() || out.party == args.party;
        let Some(waited) = out.iter().find(named) else { return Err(refused(&request, event)) };
        if out.len() > 1 && args.party.is_none() {
            let names: Vec<String> = out.iter().map(|out| out.party.clone().unwrap_or_else(|| "-".to_owned())).collect();
            return Err(Failure::new("usage.party", Exit::Usage, say!("request-which-party", names = names.join(", ")))
                .hint(say!("request-which-party-hint"))
                .into());
        }
        if args.expired {
            let until = waited.last.map_or_else(|| "-".to_owned(), |last| last.to_string());
            if waited.last.is_none_or(|last| on <= last) {
                return Err(Failure::new("request.not-expired", Exit::Conflict, say!("request-not-expired", until = until))
                    .hint(say!("request-not-expired-hint"))
                    .into());
            }
        }
        if let Some(delivered) = args.delivered.as_deref().map(parse_day).transpose()? {
            let sent = desk.sent(&request, asked).unwrap_or(on);
            in_order(ctx, delivered, sent)?;
            let happening = Happening { until: Some(delivered), party: args.party.clone(), ..Happening::new(Event::CorrectRecord, on) };
            return happen(ctx, "request.consult", "request consult", request, happening, |_, _| Ok(()));
        }
    }
    let until = args.received.as_deref().map(parse_day).transpose()?;
    if let Some(received) = until {
        in_order(ctx, received, on)?;
    }
    let happening = Happening {
        until,
        doc_no: args.doc_no.clone(),
        // An organ's silence is consent (Art. 34): it is told from an answer.
        note: if args.expired { Some("silence".to_owned()) } else { args.replied.clone() },
        party: args.party.clone(),
        ..Happening::new(event, on)
    };
    happen(ctx, "request.consult", "request consult", request, happening, |_, _| Ok(()))
}
