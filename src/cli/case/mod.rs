//! `swj case`: cases of licence items (办件) and their clocks.

mod accept;
mod add;
mod assign;
mod correct;
mod decide;
mod deliver;
mod due;
mod export;
mod extend;
mod import;
mod list;
mod pause;
mod resume;
mod show;
mod stats;
mod view;

use std::collections::HashMap;

use anyhow::Result;
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::calendar::{Pause, Unit, Workdays, rule_on};
use crate::casework::{Clock, Event, Limits, Standing, State, next, rule_for, standing};
use crate::context::{Context, Outcome};
use crate::db::cases::{self, Case, ItemOf, NewEvent, Special};
use crate::db::{Db, Instant};
use crate::failure::{Exit, Failure};
use crate::identifiers::mask_resident;
use crate::ledger::Entry;
use crate::say;

/// Cases of licence items (办件) and their clocks
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    Add(add::Args),
    Assign(assign::Args),
    Accept(accept::Args),
    Correct(correct::Args),
    Pause(pause::Args),
    Resume(resume::Args),
    Extend(extend::Args),
    Decide(decide::Args),
    Deliver(deliver::Args),
    List(list::Args),
    Show(show::Args),
    Due(due::Args),
    Stats(stats::Args),
    Import(import::Args),
    Export(export::Args),
}

impl Command {
    pub(crate) fn run(&self, ctx: &mut Context) -> Result<Outcome> {
        match self {
            Self::Add(args) => add::run(ctx, args),
            Self::Assign(args) => assign::run(ctx, args),
            Self::Accept(args) => accept::run(ctx, args),
            Self::Correct(args) => correct::run(ctx, args),
            Self::Pause(args) => pause::run(ctx, args),
            Self::Resume(args) => resume::run(ctx, args),
            Self::Extend(args) => extend::run(ctx, args),
            Self::Decide(args) => decide::run(ctx, args),
            Self::Deliver(args) => deliver::run(ctx, args),
            Self::List(args) => list::run(ctx, args),
            Self::Show(args) => show::run(ctx, args),
            Self::Due(args) => due::run(ctx, args),
            Self::Stats(args) => stats::run(ctx, args),
            Self::Import(args) => import::run(ctx, args),
            Self::Export(args) => export::run(ctx, args),
        }
    }
}

/// Everything the clocks of all cases need, read once.
pub(super) struct Desk {
    pub workdays: Workdays,
    pub today: Date,
    yellow: i64,
    pub items: HashMap<(i64, i64), ItemOf>,
    specials: HashMap<i64, Vec<Special>>,
    supplements: HashMap<i64, Date>,
    /// Place of the newest event, and the day of the last act, by case.
    last: HashMap<i64, (i64, Date)>,
}

impl Desk {
    /// Reads the calendar, and the items, pauses and supplements of the cases there are.
    pub(super) fn open(ctx: &mut Context) -> Result<Self> {
        let workdays = crate::cli::calendar::workdays(ctx)?;
        let yellow = ctx.config.get("case.yellow_days").and_then(|text| text.parse().ok()).unwrap_or(1);
        let today = ctx.clock.today();
        Self::read(ctx.db()?, workdays, today, yellow)
    }

    fn read(db: &mut Db, workdays: Workdays, today: Date, yellow: i64) -> Result<Self> {
        let items = cases::items(db)?;
        let mut desk = Self { workdays, today, yellow, items, specials: HashMap::new(), supplements: HashMap::new(), last: HashMap::new() };
        desk.refresh(db, None)?;
        Ok(desk)
    }

    /// Reads pauses and supplements again, of one case or of all.
    pub(super) fn refresh(&mut self, db: &mut Db, case: Option<i64>) -> Result<()> {
        match case {
            Some(id) => drop(self.specials.remove(&id)),
            None => self.specials.clear(),
        }
        for special in cases::specials(db, case)? {
            self.specials.entry(special.case_id).or_default().push(special);
        }
        for event in cases::events(db, case)? {
            let on = event.until_on.map_or_else(|| event.at.day(), |day| day.0);
            // What another system wrote down of its own steps is no act of ours.
            let act = if event.event == Event::Step.word() { Date::MIN } else { on };
            let last = self.last.entry(event.case_id).or_insert((0, Date::MIN));
            *last = (event.seq, last.1.max(act));
            if event.event == Event::SupplementSubmitted.word() {
                self.supplements.insert(event.case_id, event.until_on.map_or_else(|| event.at.day(), |day| day.0));
            }
        }
        if let Some(id) = case
            && cases::item_of(db, id)?.is_none_or(|key| !self.items.contains_key(&key))
        {
            self.items = cases::items(db)?;
        }
        Ok(())
    }

    /// The item and version of a case.
    pub(super) fn item(&self, case: &Case) -> Option<&ItemOf> {
        self.items.get(&(case.item_id, case.item_version_no))
    }

    /// The special procedures of a case.
    pub(super) fn specials(&self, case: &Case) -> &[Special] {
        self.specials.get(&case.id).map_or(&[], Vec::as_slice)
    }

    /// Day the last supplement of a case was handed in.
    pub(super) fn supplemented_on(&self, case: &Case) -> Option<Date> {
        self.supplements.get(&case.id).copied()
    }

    /// The limits that hold for a case: the catalogue's, else the law's on the day of receipt.
    pub(super) fn limits(&self, case: &Case) -> Limits {
        let item = self.item(case);
        let on = case.received_on.0;
        let days = |rule: &str, otherwise: u32| rule_on(rule, on).map_or((otherwise, Unit::Working), |rule| (rule.days, rule.unit));
        let stated = item.and_then(|item| limit(item.legal_n, item.legal_unit.as_deref()));
        // A procedure of its own, or a rule somebody chose, goes before what the catalogue states.
        let own_clock = case.procedure != "ordinary" || item.is_some_and(|item| case.rule != rule_for(&item.name, &case.procedure));
        let legal = match stated {
            Some(stated) if !own_clock => stated,
            _ => days(&case.rule, 20),
        };
        let promise = match case.promise_days {
            Some(n) => Some((u32::try_from(n).unwrap_or(0), Unit::Working)),
            None => item.and_then(|item| limit(item.promise_n, item.promise_unit.as_deref())),
        };
        let intake = if self.water(case) { "water-accept" } else { "license-supplement" };
        Limits { intake: days(intake, 5).0, legal, promise }
    }

    /// Whether it is a water permit (取水许可), which has its own days whoever decides.
    fn water(&self, case: &Case) -> bool {
        case.rule == "water-decide" || self.item(case).is_some_and(|item| item.name.contains("取水许可"))
    }

    /// How a case stands today.
    pub(super) fn standing(&self, case: &Case) -> Standing {
        standing(&self.clock(case), &self.limits(case), &self.workdays, self.today, self.yellow)
    }

    fn clock(&self, case: &Case) -> Clock {
        let on = case.received_on.0;
        let specials = self.specials(case);
        let counted = specials.iter().filter(|special| special.kind != "1");
        let renew = if self.water(case) { "water-renew" } else { "license-renew" };
        let extension = if case.procedure == "joint" { "license-extend-joint" } else { "license-extend" };
        Clock {
            state: State::from_word(&case.status).unwrap_or(State::Received),
            received_on: on,
            supplemented_on: self.supplements.get(&case.id).copied(),
            accepted_on: case.accepted_on.map(|day| day.0),
            decided_on: case.decided_on.map(|day| day.0),
            pauses: counted.clone().filter_map(|special| Some(Pause { from: special.started_on.0, to: special.ended_on?.0 })).collect(),
            paused_since: counted.filter(|special| special.ended_on.is_none()).map(|special| special.started_on.0).min(),
            extension: if case.extended_on.is_some() { rule_on(extension, on).map_or(10, |rule| rule.days) } else { 0 },
            renews: case.renews_until.map(|day| (day.0, rule_on(renew, on).map_or(30, |rule| rule.days))),
        }
    }
}

fn limit(n: Option<i64>, unit: Option<&str>) -> Option<(u32, Unit)> {
    let days = || n.and_then(|n| u32::try_from(n).ok());
    match unit? {
        "working_day" => Some((days()?, Unit::Working)),
        "natural_day" => Some((days()?, Unit::Natural)),
        "immediate" => Some((0, Unit::Working)),
        _ => None,
    }
}

/// The case of this number.
///
/// # Errors
/// Exit 4 when there is none.
pub(super) fn chosen(db: &mut Db, no: &str) -> Result<Case> {
    cases::by_no(db, no)?.ok_or_else(|| {
        Failure::new("case.unknown", Exit::NotFound, say!("case-unknown", no = no.to_owned())).hint(say!("case-unknown-hint")).into()
    })
}

/// What happens to a case, with what there is to say about it.
#[derive(Clone, Debug)]
pub(super) struct Happening {
    pub event: Event,
    pub on: Date,
    pub doc_no: Option<String>,
    pub note: Option<String>,
}

/// Who writes, when, and by which verb.
#[derive(Clone, Copy, Debug)]
pub(super) struct By<'a> {
    pub verb: &'static str,
    pub now: Instant,
    pub actor: &'a str,
}

/// Applies an event to a case inside a transaction: checks the state, appends the event, works
/// out the due days anew, writes the row and its log entry.
pub(super) fn happen(db: &mut Db, log: &mut Vec<Entry>, desk: &mut Desk, by: By<'_>, mut case: Case, happening: Happening) -> Result<Case> {
    // Read again inside the transaction: somebody may have been quicker.
    cases::hold(db, case.id)?;
    let fresh = cases::by_no(db, &case.no)?;
    let known = desk.last.get(&case.id).copied();
    desk.refresh(db, Some(case.id))?;
    let moved = known != desk.last.get(&case.id).copied();
    if let Some((_, last)) = known.filter(|(_, last)| by.verb != "case import" && happening.on < *last) {
        let sentence = say!("case-day-too-early", on = happening.on.to_string(), before = last.to_string());
        return Err(Failure::new("case.day-too-early", Exit::Conflict, sentence).hint(say!("case-day-hint")).into());
    }
    if moved || fresh.as_ref().map(|fresh| fresh.status.as_str()) != Some(case.status.as_str()) {
        let status = fresh.map(|fresh| fresh.status).unwrap_or_default();
        return Err(refused(&case.no, &status, happening.event.word()));
    }
    let before = fresh.as_ref().map(logged);
    let state = State::from_word(&case.status).unwrap_or(State::Received);
    let after = next(state, happening.event).map_err(|refusal| refused(&case.no, refusal.state.word(), refusal.event.word()))?;
    cases::append(
        db,
        NewEvent {
            case_id: case.id,
            seq: 0,
            event: happening.event.word().to_owned(),
            at: by.now,
            from_status: Some(state.word().to_owned()),
            to_status: Some(after.word().to_owned()),
            until_on: Some(happening.on.into()),
            doc_no: happening.doc_no,
            note: happening.note,
            row_key: None,
            actor: Some(by.actor.to_owned()),
        },
    )?;
    case.status = after.word().to_owned();
    desk.refresh(db, Some(case.id))?;
    let found = desk.standing(&case);
    case.legal_due_on = found.legal.as_ref().map(|legal| legal.due.on.into());
    case.promise_due_on = found.promise.as_ref().map(|promise| promise.due.on.into());
    if case.extended_on.is_some() {
        case.extended_due_on = case.legal_due_on;
    }
    cases::save(db, &case)?;
    log.push(Entry { verb: by.verb, table: Some("license_case"), key: Some(case.no.clone()), old: before, new: Some(logged(&case)) });
    Ok(case)
}

/// A case as the audit log keeps it: resident numbers masked.
pub(super) fn logged(case: &Case) -> Value {
    let day = |day: Option<crate::db::Day>| day.map(|day| day.to_string());
    json!({
        "status": case.status, "received_on": case.received_on.to_string(), "accepted_on": day(case.accepted_on),
        "legal_due_on": day(case.legal_due_on), "promise_due_on": day(case.promise_due_on), "extended_on": day(case.extended_on),
        "decided_on": day(case.decided_on), "outcome": case.outcome, "delivered_on": day(case.delivered_on),
        "applicant": case.applicant_name, "id_no": case.applicant_id_no.as_deref().map(mask_resident),
        "deemed_accepted": case.deemed_accepted, "decision_doc_no": case.decision_doc_no, "certificate_no": case.certificate_no,
    })
}

fn refused(no: &str, state: &str, event: &str) -> anyhow::Error {
    Failure::new(
        "case.not-now",
        Exit::Conflict,
        say!("case-not-now", no = no.to_owned(), state = state.to_owned(), event = event.to_owned()),
    )
    .hint(say!("case-not-now-hint", no = no.to_owned()))
    .into()
}

/// Refuses a day before another, or after today.
///
/// # Errors
/// Exit 5.
pub(crate) fn in_order(ctx: &Context, on: Date, not_before: Date) -> Result<(), Failure> {
    if on < not_before {
        let sentence = say!("case-day-too-early", on = on.to_string(), before = not_before.to_string());
        return Err(Failure::new("case.day-too-early", Exit::Conflict, sentence).hint(say!("case-day-hint")));
    }
    // Whatever day is judged by: nothing that is yet to come has happened.
    if on > ctx.clock.now().day() {
        let sentence = say!("case-day-in-future", on = on.to_string());
        return Err(Failure::new("case.day-in-future", Exit::Conflict, sentence).hint(say!("case-day-hint")));
    }
    Ok(())
}

/// Silence has accepted the case: it can no longer be refused or sent back.
pub(super) fn too_late_to_refuse(no: &str) -> anyhow::Error {
    Failure::new("case.too-late", Exit::Conflict, say!("case-too-late", no = no.to_owned()))
        .hint(say!("case-too-late-hint", no = no.to_owned()))
        .into()
}

/// What is missing is said once and in full.
pub(super) fn only_once(no: &str) -> anyhow::Error {
    Failure::new("case.corrected-already", Exit::Conflict, say!("case-corrected-already", no = no.to_owned()))
        .hint(say!("case-corrected-already-hint"))
        .into()
}

/// Works out the due days of open cases anew after the calendar has changed; returns how many moved.
///
/// # Errors
/// The database.
pub(crate) fn recompute(db: &mut Db, log: &mut Vec<Entry>, workdays: Workdays, today: Date) -> Result<u64> {
    let desk = Desk::read(db, workdays, today, 1)?;
    let mut moved = 0;
    for case in cases::list(db, None)?.into_iter().filter(|case| case.accepted_on.is_some() && case.decided_on.is_none()) {
        let found = desk.standing(&case);
        let mut after = case.clone();
        after.legal_due_on = found.legal.as_ref().map(|legal| legal.due.on.into());
        after.promise_due_on = found.promise.as_ref().map(|promise| promise.due.on.into());
        if after.extended_on.is_some() {
            after.extended_due_on = after.legal_due_on;
        }
        if after != case {
            cases::save(db, &after)?;
            moved += 1;
            log.push(Entry {
                verb: "calendar import",
                table: Some("license_case"),
                key: Some(case.no.clone()),
                old: Some(logged(&case)),
                new: Some(logged(&after)),
            });
        }
    }
    Ok(moved)
}
