use anyhow::Result;
use clap::builder::PossibleValuesParser;

use super::{Desk, Happening, chosen, logged, step, view};
use crate::context::{Context, Outcome, parse_day};
use crate::db::requests::{self, NewRequest, RequestEvent};
use crate::db::units;
use crate::disclosure::request::{APPLICANTS, Event, Regime, State, received};
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
use crate::say;

/// Register a request on the day it arrives
///
/// The day of receipt (第0日) follows the channel and the regulation of that day (条例 2019
/// Art. 31): handed in or signed for, at once; by ordinary post, online or fax, when `confirm`
/// notes the applicant's confirmation. Several pieces of information in one application are
/// one request.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "swj request add [OPTIONS] --unit <CODE> --applicant <NAME> \\\n           --kind <KIND> --channel <CHANNEL> --subject <TEXT>"
)]
pub(crate) struct Args {
    /// Unit that handles it: its code
    #[arg(long, value_name = "CODE")]
    unit: String,
    /// Name of the applicant, again for each of several together; in no list and no export
    #[arg(long, value_name = "NAME", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    applicant: Vec<String>,
    /// Kind of applicant, as the annual form counts them
    #[arg(long, value_parser = PossibleValuesParser::new(APPLICANTS))]
    kind: String,
    /// How it came
    #[arg(long, value_parser = ["in_person", "post", "online", "fax", "oral"])]
    channel: String,
    /// By post against a signature
    #[arg(long)]
    signed: bool,
    /// What is asked for
    #[arg(long, value_name = "TEXT", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    subject: String,
    /// Day it arrived; today if not given
    #[arg(long, value_name = "DATE")]
    arrived: Option<String>,
    /// Number of the applicant's document of identity; shown masked
    #[arg(long, value_name = "NUMBER")]
    id_no: Option<String>,
    /// Where the answer goes
    #[arg(long, value_name = "TEXT")]
    contact: Option<String>,
    /// Form the answer is wanted in
    #[arg(long, value_name = "TEXT")]
    form_wanted: Option<String>,
    /// Pieces of information asked for, for the processing fee by items
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    items: u32,
    /// Number given elsewhere; the year's next number if not given
    #[arg(long, value_name = "NUMBER", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    no: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let arrived = args.arrived.as_deref().map(parse_day).transpose()?.unwrap_or_else(|| ctx.clock.today());
    // The first regulation: 国务院令第492号, in force from that day.
    crate::cli::case::in_order(ctx, arrived, jiff::civil::date(2008, 5, 1))?;
    if args.signed && args.channel != "post" {
        return Err(Failure::new("usage.signed", Exit::Usage, say!("request-signed-post")).hint(say!("request-signed-post-hint")).into());
    }
    super::remark_frozen(ctx, arrived)?;
    let unit = units::by_code(ctx.db()?, &args.unit)?.ok_or_else(|| {
        Failure::new("unit.unknown", Exit::NotFound, say!("unit-unknown", code = args.unit.clone())).hint(say!("unit-unknown-hint"))
    })?;
    let mut desk = Desk::open(ctx)?;
    let (now, actor) = (ctx.clock.now(), ctx.actor().login_or_user());
    let (day0, rule) = received(&args.channel, args.signed, arrived, None);
    let request = ctx.write(|db, log| {
        let no = match &args.no {
            Some(no) => no.clone(),
            None => {
                let year = i64::from(arrived.year());
                loop {
                    // A number somebody gave by hand is passed over.
                    let no = format!("YSQ-{year}-{:05}", requests::next_no(db, "request", "YSQ", year)?);
                    if requests::by_no(db, &no)?.is_none() {
                        break no;
                    }
                }
            }
        };
        let new = NewRequest {
            no: no.clone(),
            unit_id: unit.id,
            applicant_kind: args.kind.clone(),
            // Several who apply together are one request, counted once by the kind that is given.
            applicant_name: args.applicant.join("、"),
            applicant_id_no: args.id_no.clone(),
            contact: args.contact.clone(),
            channel: args.channel.clone(),
            arrived_on: arrived.into(),
            confirmed_on: None,
            received_on: day0.map(Into::into),
            receipt_rule: Some(rule.to_owned()),
            subject: args.subject.clone(),
            form_wanted: args.form_wanted.clone(),
            regime: Regime::on(arrived).word().to_owned(),
            status: State::Unconfirmed.word().to_owned(),
            signed: args.signed,
            items: Some(args.items.into()),
            created_at: now,
        };
        requests::add(db, &new)?;
        let mut request = chosen(db, &no)?;
        let arrive = RequestEvent {
            request_id: request.id,
            seq: 0,
            kind: Event::Arrive.word().to_owned(),
            on_date: arrived.into(),
            at: Some(now),
            until_on: None,
            doc_no: None,
            note: None,
            days: None,
            party: None,
            actor: Some(actor.clone()),
        };
        requests::append(db, arrive)?;
        if day0.is_some() {
            step(db, &mut desk, &mut request, Happening::new(Event::Confirm, arrived), now, &actor)?;
            requests::save(db, &request)?;
        }
        log.push(Entry { verb: "request add", table: Some("disclosure_request"), key: Some(no), old: None, new: Some(logged(&request)) });
        Ok(request)
    })?;
    if day0.is_none() && !ctx.globals.dry_run {
        ctx.remark(&say!("request-confirm-next", no = request.no.clone()));
    }
    let mut report = view::table("request.add");
    report.push(view::line(&desk, &request, &(unit.code, unit.short_name)));
    ctx.show(report)?;
    Ok(Outcome::Done)
}
