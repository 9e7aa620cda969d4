use anyhow::Result;

use super::{Desk, logged, view};
use crate::calendar::{Runs, Unit};
use crate::casework::{Event, State, rule_for};
use crate::cli::license::chosen::chosen as chosen_item;
use crate::context::{Context, Outcome, parse_day};
use crate::db::Db;
use crate::db::cases::{self, Case, NewCase, NewEvent};
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
use crate::say;

/// File a case: the day the material was received
///
/// The case gets the next number of its organ and year, without gaps, and keeps the version
/// of its item in force on that day. Within 5 working days somebody must accept it, or say
/// once what is missing; silence accepts it from the day of receipt (行政许可法 Art. 32).
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Item: code, name or id
    item: String,
    /// Name of the applicant
    #[arg(long, value_name = "NAME")]
    applicant: String,
    /// Day the material was received; today if not given
    #[arg(long, value_name = "DATE")]
    received: Option<String>,
    /// Number of the applicant's document of identity; shown masked
    #[arg(long, value_name = "NUMBER")]
    id_no: Option<String>,
    /// Whom to call
    #[arg(long, value_name = "TEXT")]
    contact: Option<String>,
    /// Who decides: ordinary, joint (several organs), review-first (a lower organ first)
    #[arg(long, value_parser = ["ordinary", "joint", "review-first"], default_value = "ordinary")]
    procedure: String,
    /// Rule of the law for the legal limit; by the item if not given
    #[arg(long, value_name = "NAME")]
    rule: Option<String>,
    /// Promised working days, when other than the catalogue's
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..=365))]
    promise_days: Option<i64>,
    /// For a renewal: day the licence expires
    #[arg(long, value_name = "DATE")]
    renews_until: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let received = args.received.as_deref().map(parse_day).transpose()?.unwrap_or_else(|| ctx.clock.today());
    super::in_order(ctx, received, jiff::civil::Date::MIN)?;
    let renews_until = args.renews_until.as_deref().map(parse_day).transpose()?;
    if args.applicant.trim().is_empty() {
        return Err(Failure::new("usage.applicant", Exit::Usage, say!("usage-applicant")).hint(say!("usage-applicant-hint")).into());
    }
    if let Some(number) = args.id_no.as_deref().filter(|number| number.len() == 18 && number.is_ascii())
        && number[..17].bytes().all(|b| b.is_ascii_digit())
        && !crate::identifiers::check_resident(number, ctx.clock.today()).valid()
        && !crate::identifiers::check_uscc(number).valid()
    {
        ctx.remark(&say!("case-id-doubtful"));
    }
    let (item, _) = chosen_item(ctx.db()?, &args.item)?;
    let procedure = args.procedure.replace('-', "_");
    let rule = match &args.rule {
        Some(name) => {
            let decides =
                ["license-decide", "license-decide-joint", "license-first-review", "water-decide", "water-forward", "sand-decide"];
            if !decides.contains(&name.as_str()) {
                return Err(Failure::new("usage.decision-rule", Exit::Usage, say!("usage-decision-rule", rule = name.clone()))
                    .hint(say!("usage-decision-rule-hint", known = decides.join(", ")))
                    .into());
            }
            crate::calendar::rule_on(name, received).map_err(|error| crate::cli::calendar::no_rule(name, received, error))?;
            name.clone()
        }
        None => rule_for(&item.name, &procedure).to_owned(),
    };
    let mut desk = Desk::open(ctx)?;
    if let Some(expires) = renews_until {
        let name = if rule == "water-decide" || item.name.contains("取水许可") { "water-renew" } else { "license-renew" };
        let before = crate::calendar::rule_on(name, received).map_or(30, |rule| rule.days);
        let last = desk.workdays.reckon(expires, before, Unit::Natural, Runs::Before, &[]).due.on;
        if received > last {
            ctx.remark(&say!("case-renewal-late", last = last.to_string()));
        }
    }
    let (now, actor) = (ctx.clock.now(), ctx.actor().login_or_user());
    let new = Filing {
        no: None,
        item: item.id,
        applicant: args.applicant.clone(),
        id_no: args.id_no.clone(),
        contact: args.contact.clone(),
        received,
        procedure,
        rule,
        promise_days: args.promise_days,
        renews_until,
    };
    let case = ctx.write(|db, log| {
        let case = file(db, &new, now, &actor)?;
        log.push(Entry { verb: "case add", table: Some("license_case"), key: Some(case.no.clone()), old: None, new: Some(logged(&case)) });
        desk.refresh(db, Some(case.id))?;
        Ok(case)
    })?;
    ctx.show(view::one("case.add", &desk, &case))?;
    Ok(Outcome::Done)
}

/// A case to be filed.
pub(super) struct Filing {
    /// Given by another system; the organ's next number if not.
    pub no: Option<String>,
    pub item: i64,
    pub applicant: String,
    pub id_no: Option<String>,
    pub contact: Option<String>,
    pub received: jiff::civil::Date,
    pub procedure: String,
    pub rule: String,
    pub promise_days: Option<i64>,
    pub renews_until: Option<jiff::civil::Date>,
}

/// Files a case: its number, its item version, its first event.
pub(super) fn file(db: &mut Db, new: &Filing, now: crate::db::Instant, actor: &str) -> Result<Case> {
    let none = |what: &'static str| {
        Failure::new("case.item-not-in-force", Exit::Conflict, say!("case-item-not-in-force", on = new.received.to_string(), what = what))
            .hint(say!("case-item-not-in-force-hint"))
    };
    let version = cases::version_on(db, new.item, new.received.into())?.ok_or_else(|| none("version"))?;
    let organ = cases::organ_of(db, new.item)?.ok_or_else(|| none("organ"))?;
    let no = match &new.no {
        Some(no) => no.clone(),
        None => {
            let year = i64::from(new.received.year());
            let prefix = cases::prefix(db, organ)?;
            loop {
                // A number another system gave is passed over.
                let no = format!("{prefix}-{year}-{:06}", cases::next_no(db, organ, year)?);
                if cases::by_no(db, &no)?.is_none() {
                    break no;
                }
            }
        }
    };
    let case = cases::add(
        db,
        &NewCase {
            no,
            organ_id: organ,
            item_id: new.item,
            item_version_no: version,
            applicant_kind: None,
            applicant_name: new.applicant.clone(),
            applicant_id_no: new.id_no.clone(),
            contact: new.contact.clone(),
            received_on: new.received.into(),
            status: State::Received.word().to_owned(),
            procedure: new.procedure.clone(),
            rule: new.rule.clone(),
            promise_days: new.promise_days,
            renews_until: new.renews_until.map(Into::into),
            applicant_id_kind: None,
            legal_person: None,
            handling_kind: None,
        },
    )?;
    cases::append(
        db,
        NewEvent {
            case_id: case.id,
            seq: 0,
            event: Event::Received.word().to_owned(),
            at: now,
            from_status: None,
            to_status: Some(State::Received.word().to_owned()),
            until_on: Some(new.received.into()),
            doc_no: None,
            note: None,
            row_key: None,
            actor: Some(actor.to_owned()),
        },
    )?;
    Ok(case)
}
