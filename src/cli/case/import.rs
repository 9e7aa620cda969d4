use std::collections::{HashMap, HashSet};

use anyhow::Result;
use serde_json::json;

use super::add::{Filing, file};
use super::{By, Desk, Happening, happen, logged};
use crate::casework::{
    ACCEPT_FIELDS, AcceptRow, Event, PROCESS_FIELDS, ProcessRow, RESULT_FIELDS, ResultRow, SPECIAL_FIELDS, SpecialRow, State, next,
    rule_for,
};
use crate::cli::import::{Gathered, ImportArgs, empty_report, push};
use crate::context::{Context, Outcome};
use crate::db::cases::{self, Case, NewEvent, NewSpecial};
use crate::db::licenses;
use crate::identifiers::mask_resident;
use crate::intake::{Field, Row};
use crate::ledger::Entry;
use crate::plan::{Counts, Reject};

/// Import cases from the national exchange tables
///
/// accept files cases, result decides them, process and special add steps and special procedures
/// to cases there are. What is known already is left alone; what contradicts it is rejected.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    import: ImportArgs,
    /// Which table
    #[arg(long, value_parser = ["accept", "process", "result", "special"])]
    table: String,
}

/// What a row comes to.
enum Judged<T> {
    Add(T),
    Change(T),
    Same,
    Wrong(&'static str, &'static str, String),
}

/// A row on its way: where it stands, what it says, how it was written.
struct Arrived<T> {
    line: u64,
    row: T,
    cells: Vec<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let desk = Desk::open(ctx)?;
    let known: HashMap<String, Case> = cases::list(ctx.db()?, None)?.into_iter().map(|case| (case.no.clone(), case)).collect();
    match args.table.as_str() {
        "accept" => accept(ctx, args, desk, &known),
        "result" => results(ctx, args, desk, &known),
        "process" => steps(ctx, args, &known),
        _ => specials(ctx, args, desk, &known),
    }
}

fn gather<T>(
    ctx: &Context,
    args: &Args,
    fields: &'static [Field],
    read: impl Fn(&Row) -> Result<T, Vec<Reject>>,
) -> Result<Gathered<Arrived<T>>> {
    args.import.gather(ctx, fields, |row| read(row).map(|found| Arrived { line: row.line, row: found, cells: row.original().to_vec() }))
}

/// Judges every row, shows the plan, and applies what is to be written. `key` names a row.
fn judge<T>(
    ctx: &mut Context,
    args: &Args,
    mut gathered: Gathered<Arrived<T>>,
    key: impl Fn(&T) -> String,
    mut judge: impl FnMut(&mut Context, &T) -> Result<Judged<()>>,
    apply: impl FnOnce(&mut Context, Vec<T>) -> Result<()>,
) -> Result<Outcome> {
    let mut report = empty_report("case.import");
    let mut counts = Counts::default();
    let mut wanted = Vec::new();
    let mut seen: HashMap<String, u64> = HashMap::new();
    for arrived in std::mem::take(&mut gathered.rows) {
        counts.read += 1;
        let name = key(&arrived.row);
        let judged = match seen.get(&name) {
            Some(line) => Judged::Wrong("no", "duplicate-in-file", line.to_string()),
            None => judge(ctx, &arrived.row)?,
        };
        seen.entry(name.clone()).or_insert(arrived.line);
        match judged {
            Judged::Add(()) => {
                counts.added += 1;
                push(&mut report, arrived.line, "add", &name, "", None, None);
                wanted.push(arrived.row);
            }
            Judged::Change(()) => {
                counts.changed += 1;
                push(&mut report, arrived.line, "change", &name, "", None, None);
                wanted.push(arrived.row);
            }
            Judged::Same => counts.unchanged += 1,
            Judged::Wrong(column, rule, value) => {
                counts.rejected += 1;
                gathered.rejects.push(Reject { line: arrived.line, column, rule, value, cells: arrived.cells });
            }
        }
    }
    let summary = gathered.sum(counts);
    args.import.finish(ctx, summary, report, |ctx| apply(ctx, wanted))
}

fn accept(ctx: &mut Context, args: &Args, mut desk: Desk, known: &HashMap<String, Case>) -> Result<Outcome> {
    let gathered = gather(ctx, args, ACCEPT_FIELDS, AcceptRow::read)?;
    let mut found: HashMap<Vec<String>, (i64, String)> = HashMap::new();
    judge(
        ctx,
        args,
        gathered,
        |row| row.no.clone(),
        |ctx, row| {
            let today = ctx.clock.today();
            if let Some((column, day)) = [("received_on", Some(row.received_on)), ("accepted_on", row.accepted_on)]
                .into_iter()
                .find_map(|(column, day)| Some((column, day.filter(|day| *day > today)?)))
            {
                return Ok(Judged::Wrong(column, "day-in-future", day.to_string()));
            }
            if let Some(case) = known.get(&row.no) {
                return Ok(compare(case, row));
            }
            let db = ctx.db()?;
            if !found.contains_key(&row.item) {
                let item = item_of(db, row);
                let Some((item, _)) = item else {
                    return Ok(Judged::Wrong("item", "case-item-unknown", row.item.join(" / ")));
                };
                found.insert(row.item.clone(), (item.id, item.name));
            }
            let item = found[&row.item].0;
            if cases::version_on(db, item, row.received_on.into())?.is_none() || cases::organ_of(db, item)?.is_none() {
                return Ok(Judged::Wrong("received_on", "case-item-not-then", row.received_on.to_string()));
            }
            Ok(Judged::Add(()))
        },
        |ctx, rows| {
            let (now, actor) = (ctx.clock.now(), ctx.actor().login_or_user());
            ctx.write(|db, log| {
                for row in rows {
                    let case = match cases::by_no(db, &row.no)? {
                        Some(case) => case,
                        None => {
                            let Some((item, _)) = item_of(db, &row) else { continue };
                            let filing = Filing {
                                no: Some(row.no.clone()),
                                item: item.id,
                                applicant: row.applicant.clone(),
                                id_no: row.id_no.clone(),
                                contact: row.contact.clone(),
                                received: row.received_on,
                                procedure: "ordinary".to_owned(),
                                rule: rule_for(&item.name, "ordinary").to_owned(),
                                promise_days: None,
                                renews_until: None,
                            };
                            let case = file(db, &filing, now, &actor)?;
                            let case = Case {
                                applicant_kind: row.applicant_kind.clone(),
                                applicant_id_kind: row.id_kind.clone(),
                                legal_person: row.legal_person.clone(),
                                handling_kind: row.handling_kind.clone(),
                                ..case
                            };
                            cases::save(db, &case)?;
                            desk.refresh(db, Some(case.id))?;
                            log.push(entry("case import", &case));
                            case
                        }
                    };
                    if let Some(on) = row.accepted_on
                        && case.accepted_on.is_none()
                    {
                        let case = Case { accepted_on: Some(on.into()), accept_doc_no: row.accept_doc_no.clone(), ..case };
                        let happening = Happening { event: Event::Accepted, on, doc_no: row.accept_doc_no.clone(), note: None };
                        happen(db, log, &mut desk, By { verb: "case import", now, actor: &actor }, case, happening)?;
                    }
                }
                Ok(())
            })
        },
    )
}

/// The item a row names, best name first: the same for the plan and for the write.
fn item_of(db: &mut crate::db::Db, row: &AcceptRow) -> Option<(licenses::Item, Option<String>)> {
    row.item.iter().find_map(|key| crate::cli::license::chosen::chosen(db, key).ok())
}

/// A row about a case there is: the same, further on, or contradicting it.
fn compare(case: &Case, row: &AcceptRow) -> Judged<()> {
    let id = |no: &Option<String>| no.as_deref().map(mask_resident);
    let wrong = |column, known: String| Judged::Wrong(column, "case-differs", known);
    if case.received_on.0 != row.received_on {
        return wrong("received_on", case.received_on.to_string());
    }
    if case.applicant_name != row.applicant {
        return wrong("applicant", case.applicant_name.clone());
    }
    // An export masks the number: a masked one that fits is the same.
    if row.id_no.is_some() && id(&case.applicant_id_no) != id(&row.id_no) {
        return wrong("id_no", id(&case.applicant_id_no).unwrap_or_default());
    }
    match (case.accepted_on, row.accepted_on) {
        (None, Some(_)) if case.status == State::Received.word() => Judged::Change(()),
        (Some(known), Some(said)) if known.0 != said => wrong("accepted_on", known.to_string()),
        (None, Some(_)) => wrong("accepted_on", case.status.clone()),
        _ => Judged::Same,
    }
}

fn results(ctx: &mut Context, args: &Args, mut desk: Desk, known: &HashMap<String, Case>) -> Result<Outcome> {
    let gathered = gather(ctx, args, RESULT_FIELDS, ResultRow::read)?;
    let today = ctx.clock.today();
    let by_law = Desk::open(ctx)?;
    let silent = |case: &Case, on: jiff::civil::Date| {
        let begun = by_law.supplemented_on(case).unwrap_or(case.received_on.0);
        on > crate::casework::intake(&by_law.workdays, begun, by_law.limits(case).intake)
    };
    let renewed = |case: &Case, on: jiff::civil::Date| {
        by_law.standing(case).deemed_renewed && case.renews_until.is_some_and(|expires| on > expires.0)
    };
    judge(
        ctx,
        args,
        gathered,
        |row| row.no.clone(),
        |_, row| {
            let Some(case) = known.get(&row.no) else {
                return Ok(Judged::Wrong("no", "case-unknown", row.no.clone()));
            };
            Ok(match (&case.outcome, case.decided_on) {
                (Some(outcome), Some(on)) if outcome == row.outcome && on.0 == row.decided_on => {
                    let more = (row.satisfaction.is_some() && row.satisfaction != case.satisfaction)
                        || (row.certificate_no.is_some() && row.certificate_no != case.certificate_no)
                        || (row.by_post.is_some() && row.by_post != case.by_post);
                    if more { Judged::Change(()) } else { Judged::Same }
                }
                (Some(outcome), on) => {
                    Judged::Wrong("outcome", "case-differs", format!("{outcome} {}", on.map(|day| day.to_string()).unwrap_or_default()))
                }
                (None, _) => match next(State::from_word(&case.status).unwrap_or(State::Received), event_of(row.outcome)) {
                    Ok(_) if row.decided_on > today => Judged::Wrong("decided_on", "day-in-future", row.decided_on.to_string()),
                    Ok(_) if row.decided_on < case.accepted_on.unwrap_or(case.received_on).0 => {
                        Judged::Wrong("decided_on", "day-before-receipt", case.accepted_on.unwrap_or(case.received_on).to_string())
                    }
                    // Silence has accepted it, or renewed the licence: neither can be refused any more.
                    Ok(_) if row.outcome == "not_accepted" && silent(case, row.decided_on) => {
                        Judged::Wrong("outcome", "case-not-ready", "deemed-accepted".to_owned())
                    }
                    Ok(_) if row.outcome == "refused" && renewed(case, row.decided_on) => {
                        Judged::Wrong("outcome", "case-not-ready", "deemed-renewed".to_owned())
                    }
                    Ok(_) => Judged::Change(()),
                    Err(refusal) => Judged::Wrong("outcome", "case-not-ready", refusal.state.word().to_owned()),
                },
            })
        },
        |ctx, rows| {
            let (now, actor) = (ctx.clock.now(), ctx.actor().login_or_user());
            ctx.write(|db, log| {
                for row in rows {
                    let Some(case) = cases::by_no(db, &row.no)? else { continue };
                    let decided = case.outcome.is_some();
                    let case = Case {
                        outcome: Some(row.outcome.to_owned()),
                        decided_on: Some(row.decided_on.into()),
                        certificate_no: row.certificate_no.clone().or(case.certificate_no),
                        satisfaction: row.satisfaction.clone().or(case.satisfaction),
                        by_post: row.by_post.or(case.by_post),
                        ..case
                    };
                    if decided {
                        cases::save(db, &case)?;
                        log.push(entry("case import", &case));
                    } else {
                        let happening = Happening {
                            event: event_of(row.outcome),
                            on: row.decided_on,
                            doc_no: None,
                            note: Some(row.outcome.to_owned()),
                        };
                        happen(db, log, &mut desk, By { verb: "case import", now, actor: &actor }, case, happening)?;
                    }
                }
                Ok(())
            })
        },
    )
}

fn event_of(outcome: &str) -> Event {
    match outcome {
        "not_accepted" => Event::NotAccepted,
        "withdrawn" => Event::Withdrawn,
        "terminated" => Event::Terminated,
        _ => Event::Decided,
    }
}

fn steps(ctx: &mut Context, args: &Args, known: &HashMap<String, Case>) -> Result<Outcome> {
    let gathered = gather(ctx, args, PROCESS_FIELDS, ProcessRow::read)?;
    let no_of: HashMap<i64, &str> = known.values().map(|case| (case.id, case.no.as_str())).collect();
    // Our own events go out under number, kind and day; they come back under the same.
    let events = cases::events(ctx.db()?, None)?;
    let keys: HashSet<String> = super::export::keys(&events, |id| no_of.get(&id).copied().unwrap_or_default()).into_iter().collect();
    judge(
        ctx,
        args,
        gathered,
        |row| row.key.clone(),
        |_, row| {
            Ok(match known.get(&row.no) {
                None => Judged::Wrong("no", "case-unknown", row.no.clone()),
                Some(_) if keys.contains(&row.key) => Judged::Same,
                Some(_) => Judged::Add(()),
            })
        },
        |ctx, rows| {
            let (now, actor) = (ctx.clock.now(), ctx.actor().login_or_user());
            ctx.write(|db, log| {
                for row in rows {
                    let Some(case) = cases::by_no(db, &row.no)? else { continue };
                    log.push(Entry {
                        verb: "case import",
                        table: Some("license_case_event"),
                        key: Some(row.key.clone()),
                        old: None,
                        new: Some(json!({"no": row.no, "step": row.step, "on": row.started_on.to_string()})),
                    });
                    let words = [row.step, row.action.unwrap_or_default(), row.opinion.unwrap_or_default()];
                    cases::append(
                        db,
                        NewEvent {
                            case_id: case.id,
                            seq: 0,
                            event: Event::Step.word().to_owned(),
                            at: now,
                            from_status: Some(case.status.clone()),
                            to_status: Some(case.status),
                            until_on: Some(row.started_on.into()),
                            doc_no: None,
                            note: Some(words.join("\u{1f}")),
                            row_key: Some(row.key),
                            actor: Some(row.handler.unwrap_or_else(|| actor.clone())),
                        },
                    )?;
                }
                Ok(())
            })
        },
    )
}

fn specials(ctx: &mut Context, args: &Args, mut desk: Desk, known: &HashMap<String, Case>) -> Result<Outcome> {
    let gathered = gather(ctx, args, SPECIAL_FIELDS, SpecialRow::read)?;
    let there: HashMap<(i64, String, jiff::civil::Date), crate::db::cases::Special> = cases::specials(ctx.db()?, None)?
        .into_iter()
        .map(|special| ((special.case_id, special.name.clone(), special.started_on.0), special))
        .collect();
    let today = ctx.clock.today();
    judge(
        ctx,
        args,
        gathered,
        |row| format!("{} {} {}", row.no, row.name, row.started_on),
        |_, row| {
            let Some(case) = known.get(&row.no) else {
                return Ok(Judged::Wrong("no", "case-unknown", row.no.clone()));
            };
            Ok(match there.get(&(case.id, row.name.clone(), row.started_on)) {
                None if case.accepted_on.is_none() => Judged::Wrong("no", "case-not-ready", case.status.clone()),
                None if row.started_on > today || row.ended_on.is_some_and(|on| on > today) => {
                    Judged::Wrong("started_on", "day-in-future", row.started_on.to_string())
                }
                None if case.accepted_on.is_some_and(|on| row.started_on < on.0) => {
                    Judged::Wrong("started_on", "day-before-receipt", case.accepted_on.map(|on| on.to_string()).unwrap_or_default())
                }
                None if row.kind == "1" && case.extended_on.is_some() => Judged::Wrong("kind", "case-differs", "1".to_owned()),
                None => Judged::Add(()),
                Some(special) => match (special.ended_on, row.ended_on) {
                    (None, Some(_)) => Judged::Change(()),
                    (Some(known), Some(said)) if known.0 != said => Judged::Wrong("ended_on", "case-differs", known.to_string()),
                    _ => Judged::Same,
                },
            })
        },
        |ctx, rows| {
            let (now, actor) = (ctx.clock.now(), ctx.actor().login_or_user());
            ctx.write(|db, log| {
                for row in rows {
                    let Some(case) = cases::by_no(db, &row.no)? else { continue };
                    let open = State::from_word(&case.status) == Some(State::Accepted);
                    match there.get(&(case.id, row.name.clone(), row.started_on)) {
                        Some(special) => {
                            let Some(on) = row.ended_on else { continue };
                            cases::end_special(db, special.id, on.into(), row.result.as_deref(), row.opinion.as_deref())?;
                        }
                        None => cases::add_special(
                            db,
                            &NewSpecial {
                                case_id: case.id,
                                kind: row.kind.clone(),
                                name: row.name.clone(),
                                started_on: row.started_on.into(),
                                ended_on: row.ended_on.map(Into::into),
                                basis: row.basis.clone(),
                                result: row.result.clone(),
                                opinion: row.opinion.clone(),
                                approved_by: None,
                                until_on: None,
                            },
                        )?,
                    }
                    let extends = row.kind == "1";
                    let event = match row.ended_on {
                        _ if extends => Event::Extended,
                        Some(_) => Event::Resumed,
                        None => Event::Paused,
                    };
                    let on = row.ended_on.unwrap_or(row.started_on);
                    let case = Case { extended_on: if extends { Some(row.started_on.into()) } else { case.extended_on }, ..case };
                    desk.refresh(db, Some(case.id))?;
                    if open {
                        let happening = Happening { event, on, doc_no: None, note: Some(row.name) };
                        happen(db, log, &mut desk, By { verb: "case import", now, actor: &actor }, case, happening)?;
                    } else {
                        log.push(entry("case import", &case));
                    }
                }
                Ok(())
            })
        },
    )
}

fn entry(verb: &'static str, case: &Case) -> Entry {
    Entry { verb, table: Some("license_case"), key: Some(case.no.clone()), old: None, new: Some(logged(case)) }
}
