//! `swj request`: requests for disclosure (依申请公开) and their clock.

mod add;
mod answer;
mod assign;
mod charge;
mod confirm;
mod consult;
mod correct;
mod dispute;
mod due;
mod extend;
mod fee;
mod list;
mod reasons;
mod reopen;
mod show;
mod supplement;
mod view;
mod withdraw;

use std::collections::HashMap;

use anyhow::Result;
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::calendar::Workdays;
use crate::context::{Context, Outcome, parse_day};
use crate::db::requests::{self, Request, RequestEvent, RequestFilter};
use crate::db::{Db, Instant};
use crate::disclosure::request::{ConsultedFrom, Event, Happened, Limit, Out, Regime, State, limit, next};
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
use crate::say;

/// Requests for disclosure (依申请公开) and their clock
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    Add(add::Args),
    Assign(assign::Args),
    Confirm(confirm::Args),
    Supplement(supplement::Args),
    Consult(consult::Args),
    Reasons(reasons::Args),
    Extend(extend::Args),
    Fee(fee::Args),
    Answer(answer::Args),
    Withdraw(withdraw::Args),
    Reopen(reopen::Args),
    Dispute(dispute::Args),
    Correct(correct::Args),
    List(list::Args),
    Show(show::Args),
    Due(due::Args),
    Charge(charge::Args),
}

impl Command {
    pub(crate) fn run(&self, ctx: &mut Context) -> Result<Outcome> {
        match self {
            Self::Add(args) => add::run(ctx, args),
            Self::Assign(args) => assign::run(ctx, args),
            Self::Confirm(args) => confirm::run(ctx, args),
            Self::Supplement(args) => supplement::run(ctx, args),
            Self::Consult(args) => consult::run(ctx, args),
            Self::Reasons(args) => reasons::run(ctx, args),
            Self::Extend(args) => extend::run(ctx, args),
            Self::Fee(args) => fee::run(ctx, args),
            Self::Answer(args) => answer::run(ctx, args),
            Self::Withdraw(args) => withdraw::run(ctx, args),
            Self::Reopen(args) => reopen::run(ctx, args),
            Self::Dispute(args) => dispute::run(ctx, args),
            Self::Correct(args) => correct::run(ctx, args),
            Self::List(args) => list::run(ctx, args),
            Self::Show(args) => show::run(ctx, args),
            Self::Due(args) => due::run(ctx, args),
            Self::Charge(args) => charge::run(ctx, args),
        }
    }
}

/// What the clocks need, read once.
pub(super) struct Desk {
    pub workdays: Workdays,
    pub today: Date,
    consulted_from: ConsultedFrom,
    events: HashMap<i64, Vec<RequestEvent>>,
}

impl Desk {
    /// Reads the calendar and the events of what is open.
    pub(super) fn open(ctx: &mut Context) -> Result<Self> {
        let workdays = crate::cli::calendar::workdays(ctx)?;
        let consulted_from = consulted_from(ctx);
        let today = ctx.clock.today();
        Ok(Self { workdays, today, consulted_from, events: requests::events_of_open(ctx.db()?)? })
    }

    /// Reads the events of one request again.
    pub(super) fn refresh(&mut self, db: &mut Db, request: i64) -> Result<()> {
        self.events.insert(request, requests::events(db, request)?);
        Ok(())
    }

    pub(super) fn events(&self, request: &Request) -> &[RequestEvent] {
        self.events.get(&request.id).map_or(&[], Vec::as_slice)
    }

    /// The limit of a request; none before its day of receipt is settled.
    pub(super) fn limit(&self, request: &Request) -> Option<Limit> {
        // A closed request is judged by the day of its result.
        let today = request.closed_on.filter(|_| request.status == State::Closed.word()).map_or(self.today, |day| day.0);
        self.limit_on(request, today)
    }

    /// The limit as it stands on a day.
    pub(super) fn limit_on(&self, request: &Request, day: Date) -> Option<Limit> {
        let happened: Vec<Happened> = self.events(request).iter().filter_map(happened).collect();
        Some(limit(request.received_on?.0, &happened, &self.workdays, self.consulted_from, day))
    }

    /// The last day somebody must act: the answer, or the payment or supplement that is waited for.
    pub(super) fn due(&self, request: &Request) -> Option<Date> {
        let found = self.limit(request)?;
        found.due.map(|due| due.due.on).or(found.waiting_until)
    }

    /// Whether the office's own limit has passed; what the applicant leaves undone is no lateness of the office.
    pub(super) fn overdue(&self, request: &Request) -> bool {
        request.status != State::Closed.word() && self.limit(request).and_then(|limit| limit.due).is_some_and(|due| self.today > due.due.on)
    }

    /// The day the last letter of a kind was sent.
    pub(super) fn sent(&self, request: &Request, letter: Event) -> Option<Date> {
        self.events(request).iter().rev().find(|event| event.kind == letter.word()).map(|event| event.on_date.0)
    }

    /// Whether it is known when the last letter of a kind was received, from its sending or noted later.
    pub(super) fn receipt_known(&self, request: &Request, letter: Event) -> bool {
        let since = self.events(request).iter().rev();
        let mut known = false;
        for event in since {
            known |= event.until_on.is_some() && (event.kind == letter.word() || event.kind == Event::CorrectRecord.word());
            if event.kind == letter.word() {
                return known;
            }
        }
        false
    }

    /// Consultations that are out.
    fn out(&self, request: &Request) -> Vec<Out> {
        self.limit(request).map(|limit| limit.out).unwrap_or_default()
    }
}

fn consulted_from(ctx: &Context) -> ConsultedFrom {
    match ctx.config.get("disclosure.consulted_from") {
        Some("received") => ConsultedFrom::Received,
        _ => ConsultedFrom::Sent,
    }
}

fn happened(event: &RequestEvent) -> Option<Happened> {
    const ALL: [Event; 17] = [
        Event::Confirm,
        Event::AskSupplement,
        Event::Supplement,
        Event::SupplementExpire,
        Event::ConsultThird,
        Event::ThirdReply,
        Event::ThirdExpire,
        Event::ConsultOrgan,
        Event::OrganReply,
        Event::AskReason,
        Event::Reason,
        Event::Extend,
        Event::FeeNotice,
        Event::Paid,
        Event::FeeExpire,
        Event::Reopen,
        Event::CorrectRecord,
    ];
    let kind = ALL.into_iter().find(|kind| kind.word() == event.kind)?;
    Some(Happened {
        event: kind,
        on: event.on_date.0,
        until: event.until_on.map(|day| day.0),
        days: event.days.and_then(|days| u32::try_from(days).ok()),
        party: event.party.clone(),
    })
}

/// The request of this number.
///
/// # Errors
/// Exit 4 when there is none.
pub(super) fn chosen(db: &mut Db, no: &str) -> Result<Request> {
    requests::by_no(db, no)?.map(|(request, _)| request).ok_or_else(|| {
        Failure::new("request.unknown", Exit::NotFound, say!("request-unknown", no = no.to_owned()))
            .hint(say!("request-unknown-hint"))
            .into()
    })
}

/// The day of `--on`, today if not given; after what came before, and not in the future.
///
/// # Errors
/// Exit 2 for what is no day, exit 5 for one out of order.
pub(super) fn day(ctx: &mut Context, on: Option<&str>, request: &Request) -> Result<Date> {
    let on = on.map(parse_day).transpose()?.unwrap_or_else(|| ctx.clock.today());
    let events = requests::events(ctx.db()?, request.id)?;
    // A correction of the record is no step of the procedure: what happened before it can still be noted.
    let step = events.iter().rev().find(|event| event.kind != Event::CorrectRecord.word());
    let last = step.map_or(request.arrived_on.0, |event| event.on_date.0);
    crate::cli::case::in_order(ctx, on, last)?;
    Ok(on)
}

/// What happens to a request, with what there is to say about it.
#[derive(Clone, Debug)]
pub(super) struct Happening {
    pub event: Event,
    pub on: Date,
    pub until: Option<Date>,
    pub doc_no: Option<String>,
    pub note: Option<String>,
    pub days: Option<i64>,
    pub party: Option<String>,
}

impl Happening {
    pub(super) fn new(event: Event, on: Date) -> Self {
        Self { event, on, until: None, doc_no: None, note: None, days: None, party: None }
    }
}

/// One write of one verb: checks the state, appends the event, works out the due day anew,
/// writes the row and its log entry, and shows the request.
pub(super) fn happen(
    ctx: &mut Context,
    schema: &'static str,
    verb: &'static str,
    request: Request,
    happening: Happening,
    and: impl FnOnce(&mut Db, &mut Request) -> Result<()>,
) -> Result<Outcome> {
    remark_frozen(ctx, happening.on)?;
    let mut desk = Desk::open(ctx)?;
    let (now, actor) = (ctx.clock.now(), ctx.actor().login_or_user());
    let unit = ctx.write(|db, log| {
        requests::hold(db, &request.no)?;
        let (fresh, unit) = requests::by_no(db, &request.no)?.ok_or_else(|| refused(&request, happening.event))?;
        desk.refresh(db, fresh.id)?;
        let mut after = fresh.clone();
        and(db, &mut after)?;
        step(db, &mut desk, &mut after, happening, now, &actor)?;
        requests::save(db, &after)?;
        log.push(Entry {
            verb,
            table: Some("disclosure_request"),
            key: Some(after.no.clone()),
            old: Some(logged(&fresh)),
            new: Some(logged(&after)),
        });
        Ok((after, unit))
    })?;
    let mut report = view::table(schema);
    report.push(view::line(&desk, &unit.0, &unit.1));
    ctx.show(report)?;
    Ok(Outcome::Done)
}

/// Refuses a last day that is not after the day it is set.
pub(super) fn later(until: Option<Date>, on: Date) -> Result<(), Failure> {
    match until.filter(|until| *until <= on) {
        None => Ok(()),
        Some(until) => Err(Failure::new(
            "request.until-early",
            Exit::Conflict,
            say!("request-until-early", until = until.to_string(), on = on.to_string()),
        )
        .hint(say!("request-until-early-hint"))),
    }
}

/// Says that a year is frozen into which something is entered: its figures stay, a new edition shows the difference.
pub(super) fn remark_frozen(ctx: &mut Context, on: Date) -> Result<()> {
    let year = on.year().to_string();
    if crate::db::stats::frozen(ctx.db()?, &year)? {
        ctx.remark(&say!("request-into-frozen", year = year));
    }
    Ok(())
}

/// Shows the line of a request as it stands.
pub(super) fn show_line(ctx: &mut Context, schema: &'static str, no: &str) -> Result<Outcome> {
    let desk = Desk::open(ctx)?;
    let mut report = view::table(schema);
    if let Some((request, unit)) = requests::by_no(ctx.db()?, no)? {
        report.push(view::line(&desk, &request, &unit));
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}

/// Appends an event and brings state and due day up to date.
pub(super) fn step(db: &mut Db, desk: &mut Desk, request: &mut Request, happening: Happening, now: Instant, actor: &str) -> Result<()> {
    let event = happening.event;
    let state = State::from_word(&request.status).unwrap_or(State::Open);
    let out = desk.out(request).len();
    let after = next(state, event, out).map_err(|_| refused(request, event))?;
    // What ends a request carries the limit it had: late or not stays true, whatever comes later.
    let until = match event {
        Event::Answer | Event::Withdraw => desk.limit_on(request, happening.on).and_then(|limit| limit.due).map(|due| due.due.on),
        _ => happening.until,
    };
    requests::append(
        db,
        RequestEvent {
            request_id: request.id,
            seq: 0,
            kind: event.word().to_owned(),
            on_date: happening.on.into(),
            at: Some(now),
            until_on: until.map(Into::into),
            doc_no: happening.doc_no,
            note: happening.note,
            days: happening.days,
            party: happening.party,
            actor: Some(actor.to_owned()),
        },
    )?;
    request.status = after.word().to_owned();
    desk.refresh(db, request.id)?;
    set_due(desk, request);
    Ok(())
}

/// Writes the limit into the row, as far as it runs: none while the clock stands. Of what is out for
/// consultation, the limit with all the time the law waits, since the row is not written again until the
/// answer comes; before 2019 the law set no end.
fn set_due(desk: &Desk, request: &mut Request) {
    if request.status == State::Closed.word() {
        return;
    }
    let out = request.status == State::Consulting.word();
    let found = if out { desk.limit_on(request, desk.today.saturating_add(jiff::Span::new().years(1))) } else { desk.limit(request) };
    let due = found.as_ref().and_then(|limit| limit.due.as_ref()).map(|due| due.due.on.into());
    let due = due.filter(|_| !out || request.regime != Regime::Of2008.word());
    match found {
        Some(limit) if limit.extension > 0 && due.is_some() => request.extended_due_on = due,
        _ => (request.due_on, request.extended_due_on) = (due, None),
    }
}

/// Closes a request with the one row of results it fills. A decision annulled and made again
/// counts in the year it was first made, so that no published figure moves.
pub(super) fn close(request: &mut Request, on: Date, row: &str, article: Option<String>) {
    let counted_earlier = request.closed_on.is_some_and(|first| first.0.year() != on.year());
    if !counted_earlier {
        request.closed_on = Some(on.into());
        request.outcome_row = Some(row.to_owned());
        request.outcome_article = article;
    }
}

/// A request as the audit log keeps it: not who applied, the number leads there.
pub(super) fn logged(request: &Request) -> Value {
    let day = |day: Option<crate::db::Day>| day.map(|day| day.to_string());
    json!({
        "status": request.status, "applicant_kind": request.applicant_kind, "received_on": day(request.received_on),
        "due_on": day(request.due_on), "extended_due_on": day(request.extended_due_on), "replied_on": day(request.replied_on),
        "closed_on": day(request.closed_on), "outcome_row": request.outcome_row, "reply_no": request.reply_no,
        "fee_yuan": request.fee_yuan, "fee_paid_on": day(request.fee_paid_on),
    })
}

pub(super) fn refused(request: &Request, event: Event) -> anyhow::Error {
    let sentence = say!("request-not-now", no = request.no.clone(), state = request.status.clone(), event = event.word());
    Failure::new("request.not-now", Exit::Conflict, sentence).hint(say!("request-not-now-hint", no = request.no.clone())).into()
}

/// Works out the due days of open requests anew after the calendar has changed; returns how many moved.
///
/// # Errors
/// The database.
pub(crate) fn recompute(db: &mut Db, log: &mut Vec<Entry>, workdays: Workdays, today: Date, consulted_from: ConsultedFrom) -> Result<u64> {
    let desk = Desk { workdays, today, consulted_from, events: requests::events_of_open(db)? };
    let mut moved = 0;
    for (request, _) in requests::list(db, &RequestFilter { open: true, ..RequestFilter::default() })? {
        let mut after = request.clone();
        set_due(&desk, &mut after);
        if after != request {
            requests::save(db, &after)?;
            moved += 1;
            log.push(Entry {
                verb: "calendar import",
                table: Some("disclosure_request"),
                key: Some(request.no.clone()),
                old: Some(logged(&request)),
                new: Some(logged(&after)),
            });
        }
    }
    Ok(moved)
}

/// The setting of [`recompute`].
pub(crate) fn setting(ctx: &Context) -> ConsultedFrom {
    consulted_from(ctx)
}
