//! What is done to one item: set its attribute, review it, publish it, withdraw it, assess it again.

use anyhow::Result;
use jiff::civil::Date;
use serde_json::json;

use super::{item_report, one};
use crate::context::{Context, Outcome, parse_day};
use crate::db::Db;
use crate::db::disclosures::{self, Whole};
use crate::disclosure::PROACTIVE_DAYS;
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
use crate::say;

/// Set the attribute of an item, on review or re-assessment
///
/// It counts from the day it is set. Withholding needs a reason; what becomes 主动公开 has 20
/// working days from that day. A published item is withdrawn first.
#[derive(Debug, clap::Args)]
pub(crate) struct SetArgs {
    /// Index number
    item: String,
    /// The attribute from now on
    #[arg(long, value_name = "WORD", value_parser = ["active", "on_request", "none"])]
    attribute: String,
    /// Why
    #[arg(long, value_name = "TEXT", value_parser = super::filled)]
    because: String,
    /// Day it is set; today if not given
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
}

/// Review an item before it is published: a second person, not its author
#[derive(Debug, clap::Args)]
pub(crate) struct ReviewArgs {
    /// Index number
    item: String,
    /// Outcome of the review
    #[arg(long, value_parser = ["pass", "return"])]
    result: String,
}

/// Publish a reviewed item through a channel; several channels count once
#[derive(Debug, clap::Args)]
pub(crate) struct PublishArgs {
    /// Index number
    item: String,
    /// Where
    #[arg(long, value_parser = ["site", "gazette", "weibo", "wechat", "press", "other"], default_value = "site")]
    channel: String,
    /// Address of the page
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Day of publication; today if not given
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
}

/// Withdraw a published item, with the reason
#[derive(Debug, clap::Args)]
pub(crate) struct WithdrawArgs {
    /// Index number
    item: String,
    /// Why
    #[arg(long, value_name = "TEXT", value_parser = super::filled)]
    because: String,
    /// Day it was withdrawn; today if not given
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
}

/// Note that a document no longer holds: abolished (废止), or expired (失效)
///
/// The annual report counts rules and normative documents made, abolished, and in force.
#[derive(Debug, clap::Args)]
pub(crate) struct AbolishArgs {
    /// Index number
    item: String,
    /// By what decision, or why
    #[arg(long, value_name = "TEXT", value_parser = super::filled)]
    because: String,
    /// Expired by its own terms instead of abolished
    #[arg(long)]
    expired: bool,
    /// Index number of what took its place
    #[arg(long, value_name = "ITEM")]
    replaced_by: Option<String>,
    /// First day it no longer holds; today if not given
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
}

/// Note the yearly re-assessment of a withheld item, or list what is due for it
///
/// Without an item: everything withheld that was not assessed within a year.
#[derive(Debug, clap::Args)]
pub(crate) struct AssessArgs {
    /// Index number; what is due if not given
    item: Option<String>,
    /// Day of the assessment; today if not given
    #[arg(long, value_name = "DATE", requires = "item")]
    on: Option<String>,
}

pub(crate) fn set(ctx: &mut Context, args: &SetArgs) -> Result<Outcome> {
    let on = day(ctx, args.on.as_deref())?;
    let workdays = crate::cli::calendar::workdays(ctx)?;
    act(ctx, "disclosure.set", "disclosure set", &args.item, |db, item, _| {
        if item.status == "published" {
            return Err(conflict("disclosure.published", say!("disclosure-published"), say!("disclosure-published-hint")));
        }
        if item.attribute == args.attribute {
            if args.attribute == "none" && item.reason.as_deref() != Some(args.because.as_str()) {
                // The decision stands since its day; its reason is put right.
                disclosures::set_reason(db, &item.index_no, &args.because)?;
                return Ok(Some(json!({ "reason": args.because, "before": item.reason })));
            }
            return Ok(None);
        }
        let days = [Some(item.formed_on), item.attribute_set_on, item.withdrawn_on];
        let set = days.into_iter().flatten().map(|day| day.0).max().unwrap_or(on);
        if on < set {
            let sentence = say!("case-day-too-early", on = on.to_string(), before = set.to_string());
            return Err(conflict("disclosure.day-too-early", sentence, say!("case-day-hint")));
        }
        let due = (args.attribute == "active").then(|| workdays.after(on, PROACTIVE_DAYS).on);
        let reason = Some(args.because.as_str()).filter(|_| args.attribute == "none");
        disclosures::set_attribute(db, &item.index_no, &args.attribute, reason, on.into(), due.map(Into::into))?;
        Ok(Some(json!({ "attribute": args.attribute, "because": args.because, "on": on.to_string() })))
    })
}

pub(crate) fn review(ctx: &mut Context, args: &ReviewArgs) -> Result<Outcome> {
    let now = ctx.clock.now();
    act(ctx, "disclosure.review", "disclosure review", &args.item, |db, item, actor| {
        if item.status == "published" {
            return Err(conflict("disclosure.published", say!("disclosure-published"), say!("disclosure-published-hint")));
        }
        if item.author.as_deref() == Some(actor) {
            return Err(conflict("disclosure.own-review", say!("disclosure-own-review", who = actor), say!("disclosure-own-review-hint")));
        }
        disclosures::set_review(db, &item.index_no, &args.result, actor, now)?;
        Ok(Some(json!({ "review": args.result, "by": actor })))
    })
}

pub(crate) fn publish(ctx: &mut Context, args: &PublishArgs) -> Result<Outcome> {
    let on = day(ctx, args.on.as_deref())?;
    act(ctx, "disclosure.publish", "disclosure publish", &args.item, |db, item, _| {
        if item.attribute != "active" {
            return Err(conflict("disclosure.not-active", say!("disclosure-not-active"), say!("disclosure-not-active-hint")));
        }
        if item.review.as_deref() != Some("pass") {
            let hint = say!("disclosure-not-reviewed-hint", item = item.index_no.clone());
            return Err(conflict("disclosure.not-reviewed", say!("disclosure-not-reviewed"), hint));
        }
        let earliest = item.withdrawn_on.map_or(item.formed_on.0, |day| day.0.max(item.formed_on.0));
        if on < earliest {
            let sentence = say!("case-day-too-early", on = on.to_string(), before = earliest.to_string());
            return Err(conflict("disclosure.day-too-early", sentence, say!("case-day-hint")));
        }
        disclosures::publish(db, item, &args.channel, on.into(), args.url.as_deref())?;
        Ok(Some(json!({ "published_on": on.to_string(), "channel": args.channel, "url": args.url })))
    })
}

pub(crate) fn withdraw(ctx: &mut Context, args: &WithdrawArgs) -> Result<Outcome> {
    let on = day(ctx, args.on.as_deref())?;
    act(ctx, "disclosure.withdraw", "disclosure withdraw", &args.item, |db, item, _| {
        if item.status != "published" {
            return Err(conflict("disclosure.not-published", say!("disclosure-not-published"), say!("disclosure-not-published-hint")));
        }
        if item.published_on.as_deref().is_some_and(|published| on.to_string().as_str() < published) {
            let sentence = say!("case-day-too-early", on = on.to_string(), before = item.published_on.clone().unwrap_or_default());
            return Err(conflict("disclosure.day-too-early", sentence, say!("case-day-hint")));
        }
        disclosures::withdraw(db, &item.index_no, on.into(), &args.because)?;
        Ok(Some(json!({ "withdrawn_on": on.to_string(), "because": args.because })))
    })
}

pub(crate) fn abolish(ctx: &mut Context, args: &AbolishArgs) -> Result<Outcome> {
    let on = day(ctx, args.on.as_deref())?;
    act(ctx, "disclosure.abolish", "disclosure abolish", &args.item, |db, item, _| {
        if item.validity != "valid" {
            return Err(conflict("disclosure.not-valid", say!("disclosure-not-valid"), say!("disclosure-not-valid-hint")));
        }
        if on < item.formed_on.0 {
            let sentence = say!("case-day-too-early", on = on.to_string(), before = item.formed_on.to_string());
            return Err(conflict("disclosure.day-too-early", sentence, say!("case-day-hint")));
        }
        let replaced_by = match &args.replaced_by {
            None => None,
            Some(no) => Some(disclosures::by_index(db, no)?.ok_or_else(|| {
                Failure::new("disclosure.unknown", Exit::NotFound, say!("disclosure-unknown", item = no.clone()))
                    .hint(say!("disclosure-unknown-hint"))
            })?),
        };
        if replaced_by.as_ref().is_some_and(|other| other.id == item.id) {
            return Err(conflict(
                "disclosure.replaces-itself",
                say!("disclosure-replaces-itself"),
                say!("disclosure-replaces-itself-hint"),
            ));
        }
        let validity = if args.expired { "expired" } else { "abolished" };
        disclosures::abolish(db, item.id, validity, on.into(), replaced_by.map(|item| item.id))?;
        Ok(Some(json!({ "validity": validity, "on": on.to_string(), "because": args.because, "replaced_by": args.replaced_by })))
    })
}

pub(crate) fn assess(ctx: &mut Context, args: &AssessArgs) -> Result<Outcome> {
    let on = day(ctx, args.on.as_deref())?;
    let Some(item) = &args.item else {
        let mut report = item_report("disclosure.assess");
        let before = on.saturating_sub(jiff::Span::new().years(1));
        for item in disclosures::to_assess(ctx.db()?, before.into())? {
            one(&mut report, &item);
        }
        ctx.show(report)?;
        return Ok(Outcome::Done);
    };
    act(ctx, "disclosure.assess", "disclosure assess", item, |db, item, _| {
        if item.attribute == "active" {
            return Err(conflict("disclosure.not-withheld", say!("disclosure-not-withheld"), say!("disclosure-not-withheld-hint")));
        }
        let earliest = [Some(item.formed_on), item.attribute_set_on, item.last_evaluated_on].into_iter().flatten().map(|day| day.0).max();
        if let Some(before) = earliest.filter(|before| on < *before) {
            let sentence = say!("case-day-too-early", on = on.to_string(), before = before.to_string());
            return Err(conflict("disclosure.day-too-early", sentence, say!("case-day-hint")));
        }
        disclosures::set_assessed(db, &item.index_no, on.into())?;
        Ok(Some(json!({ "assessed_on": on.to_string() })))
    })
}

fn day(ctx: &Context, on: Option<&str>) -> Result<Date> {
    let on = on.map(parse_day).transpose()?.unwrap_or_else(|| ctx.clock.today());
    crate::cli::case::in_order(ctx, on, Date::MIN)?;
    Ok(on)
}

fn conflict(code: &'static str, sentence: String, hint: String) -> anyhow::Error {
    Failure::new(code, Exit::Conflict, sentence).hint(hint).into()
}

/// One change of one item, its log entry, and the item as it stands then; none where there is nothing to change.
fn act(
    ctx: &mut Context,
    schema: &'static str,
    verb: &'static str,
    index_no: &str,
    change: impl FnOnce(&mut Db, &Whole, &str) -> Result<Option<serde_json::Value>>,
) -> Result<Outcome> {
    let actor = ctx.actor().login_or_user();
    let (after, changed) = ctx.write(|db, log| {
        let unknown = || {
            Failure::new("disclosure.unknown", Exit::NotFound, say!("disclosure-unknown", item = index_no.to_owned()))
                .hint(say!("disclosure-unknown-hint"))
        };
        let item = disclosures::by_index(db, index_no)?.ok_or_else(unknown)?;
        let new = change(db, &item, &actor)?;
        let changed = new.is_some();
        if let Some(new) = new {
            let old = json!({ "attribute": item.attribute, "status": item.status, "review": item.review });
            log.push(Entry { verb, table: Some("disclosure_item"), key: Some(index_no.to_owned()), old: Some(old), new: Some(new) });
        }
        Ok((disclosures::by_index(db, index_no)?.ok_or_else(unknown)?, changed))
    })?;
    let mut report = item_report(schema);
    one(&mut report, &after);
    ctx.show(report)?;
    if !changed {
        ctx.remark(&say!("import-nothing"));
    }
    Ok(Outcome::Done)
}
