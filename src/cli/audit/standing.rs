//! What is known before the rules run: waivers of the database and of a file, findings kept, an earlier report.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::run::open;
use crate::audit::{
    self, Finding, Fingerprint, Head, Hidden, Hiding, Known, Line, People, Person, Results, Standing, State, Waiver, WaiverFault,
    WaiverFaultKind, Written,
};
use crate::context::Context;
use crate::db::users::{self, UserFilter};
use crate::db::{Instant, audit_waivers, settings};
use crate::failure::{Exit, Failure, of_file};
use crate::say;

/// What a run is judged against, and what came of that.
pub(super) struct Background {
    pub waivers: Vec<Waiver>,
    /// Waivers in force that hid nothing.
    pub stale: Vec<Waiver>,
    pub known: Known,
    baseline: Option<(PathBuf, Known)>,
    /// Whether an earlier report tells what is new.
    pub compared: bool,
    /// Findings of the earlier report that are gone.
    pub gone: Vec<[String; 5]>,
    pub fixed: Option<usize>,
    today: jiff::civil::Date,
}

/// Which database is judged.
pub(super) struct Whose {
    pub database_id: Option<String>,
    /// Whether it keeps waivers and findings itself.
    pub ours: bool,
}

impl Whose {
    /// The database at hand.
    pub fn here(ctx: &mut Context) -> Result<Self> {
        Ok(Self { database_id: settings::get(ctx.db()?, settings::DATABASE_ID)?, ours: true })
    }
}

/// Reads it all.
pub(super) fn background(ctx: &mut Context, whose: &Whose, waivers: Option<&Path>, baseline: Option<&Path>) -> Result<Background> {
    let today = ctx.clock.today();
    let file = waivers.map(Path::to_owned).or_else(|| ctx.config.path("audit.waivers_file"));
    let mut of_file = file.map(|path| read_file(ctx, &path, whose.ours)).transpose()?.unwrap_or_default();
    let mut waivers = if whose.ours { of_table(ctx)? } else { Vec::new() };
    waivers.append(&mut of_file);
    let baseline = baseline.map(|path| read_baseline(path, whose.database_id.as_deref())).transpose()?;
    let mut known = Known::default();
    if baseline.is_none() && whose.ours {
        audit::know(ctx.db()?, &mut known)?;
    }
    let (compared, stale, gone) = (baseline.is_some(), Vec::new(), Vec::new());
    Ok(Background { waivers, stale, known, baseline, compared, gone, fixed: None, today })
}

/// The waivers in the database.
pub(super) fn of_table(ctx: &mut Context) -> Result<Vec<Waiver>> {
    let same = |one: &(String, Option<String>), other: &(String, Option<String>)| one.0 == other.0 || (one.1.is_some() && one.1 == other.1);
    let waiver = |row: audit_waivers::Waiver| Waiver {
        written: Written::Table(row.id),
        two_people: row.approved_by.as_ref().is_some_and(|approver| !same(approver, &row.requested_by)),
        rule: row.rule,
        fingerprint: row.fingerprint.as_deref().and_then(Fingerprint::parse),
        table: row.table,
        key: row.key,
        reason: row.reason,
        requested_by: row.requested_by.0,
        approved_by: row.approved_by.map(|(login, _)| login),
        created_on: Some(row.created_on.0),
        expires_on: row.expires_on.map(|day| day.0),
        revoked_on: row.revoked_on.map(|day| day.0),
        basis: row.basis,
    };
    Ok(audit_waivers::all(ctx.db()?)?.into_iter().map(waiver).collect())
}

/// The waivers of a file; one bad line refuses the whole of it. Whoever is in it is looked up where the people of the
/// database are ours.
pub(super) fn read_file(ctx: &mut Context, path: &Path, ours: bool) -> Result<Vec<Waiver>> {
    let text = std::fs::read_to_string(path).map_err(|error| Failure { exit: Exit::Usage, ..of_file(path, &error) })?;
    let people = if ours { Some(people(ctx)?) } else { None };
    // A waiver is for a year from the day it is, whatever day is looked at.
    audit::read_waivers(&text, &super::all(ctx)?, people.as_ref(), ctx.clock.now().day()).map_err(|WaiverFault { line, fault }| {
        let form = say!("audit-waiver-file-hint");
        let (why, hint) = match fault {
            WaiverFaultKind::Form(detail) => (detail, form),
            WaiverFaultKind::UnknownRule(rule) => (say!("audit-rule-unknown", id = rule), say!("audit-rule-unknown-hint")),
            WaiverFaultKind::NotWaivable(rule) => (say!("audit-not-waivable", rule = rule), form),
            WaiverFaultKind::NoSubject => (say!("audit-waiver-no-subject"), form),
            WaiverFaultKind::NoReason => (say!("audit-waiver-no-reason"), form),
            WaiverFaultKind::NoApprover => (say!("audit-waiver-no-approver"), form),
            WaiverFaultKind::SamePerson(one, other) => {
                (say!("audit-waiver-one-person", one = one, other = other), say!("audit-waiver-people-hint"))
            }
            WaiverFaultKind::Nobody(login) => (say!("user-unknown", login = login), say!("audit-waiver-people-hint")),
            WaiverFaultKind::NotActive(login) => (say!("audit-waiver-not-active", login = login), say!("audit-waiver-people-hint")),
            WaiverFaultKind::TooLong(latest) => (say!("audit-waiver-too-long", latest = latest.to_string()), form),
        };
        Failure::new("audit.waiver-file", Exit::Usage, why).hint(hint).in_file(path).at_line(line).into()
    })
}

/// Everybody who has an account.
fn people(ctx: &mut Context) -> Result<People> {
    let all = users::list(ctx.db()?, &UserFilter::default())?.into_iter();
    Ok(all.map(|(user, _)| Person { active: user.status == "active", login: user.login_name, staff_no: user.staff_no }).collect())
}

/// A report that is no report is refused: a run against nothing would call everything new, or nothing.
pub(super) fn not_a_report(path: &Path, detail: &str) -> anyhow::Error {
    Failure::new("audit.not-a-report", Exit::Usage, say!("audit-not-a-report", detail = detail.to_owned()))
        .hint(say!("audit-not-a-report-hint"))
        .in_file(path)
        .into()
}

/// A report some findings were left out of tells nobody what was not there.
pub(super) fn whole(path: &Path, head: &Head) -> Result<()> {
    let Some(findings) = head.more_than_it_holds() else { return Ok(()) };
    let (rows, findings) = (head.rows.to_string(), findings.to_string());
    Err(Failure::new("audit.part-of-a-report", Exit::Usage, say!("audit-part-of-a-report", rows = rows, findings = findings))
        .hint(say!("audit-part-of-a-report-hint"))
        .in_file(path)
        .into())
}

/// Two databases cannot be compared.
pub(super) fn another_database(path: &Path) -> anyhow::Error {
    Failure::new("audit.other-database", Exit::Conflict, say!("audit-other-database")).in_file(path).into()
}

fn read_baseline(path: &Path, database_id: Option<&str>) -> Result<(PathBuf, Known)> {
    let mut known = Known::default();
    let mut bad = None;
    let head = audit::read_report(open(path)?, &mut |line| match Fingerprint::parse(&line.fingerprint) {
        Some(print) => known.add(&line.rule, print, line.first_seen(), false),
        None => bad = Some(line.fingerprint),
    })
    .map_err(|error| not_a_report(path, &error.to_string()))?;
    if let Some(print) = bad {
        return Err(not_a_report(path, &print));
    }
    whole(path, &head)?;
    if head.database_id.as_deref() != database_id {
        return Err(another_database(path));
    }
    known.sort();
    Ok((path.to_owned(), known))
}

impl Background {
    /// Says of every finding whether it is new, known or waived; and of every waiver whether it is needed.
    pub fn judge(&mut self, results: &mut Results, now: Instant) -> std::io::Result<()> {
        let Self { waivers, stale, known, baseline, gone, fixed, today, .. } = self;
        let mut hiding = Hiding::new(waivers, *today);
        let earlier = baseline.as_mut().map_or(known, |(_, known)| known);
        results.findings.judge(|finding: &Finding<'_>| {
            let before = earlier.meet(finding.fingerprint());
            let since = before.filter(|earlier| !earlier.fixed);
            let (state, waiver) = match hiding.of(finding) {
                Hidden::Yes(place) => (State::Waived, u32::try_from(place).ok()),
                // What was accepted once is known.
                Hidden::NoMore => (State::Open, None),
                Hidden::No if since.is_some() => (State::Open, None),
                Hidden::No => (State::New, None),
            };
            Standing { state, first_seen: since.and_then(|earlier| earlier.first_seen).or(Some(now)), waiver }
        })?;
        let ran = |id: &str| results.ran().any(|rule| rule.id == id);
        *stale = hiding.stale(ran).cloned().collect();
        if let Some((path, known)) = baseline {
            *gone = left_behind(path, known, ran)?;
            *fixed = Some(gone.len());
        }
        Ok(())
    }
}

/// The findings of an earlier report that are there no more, read once again: they are few.
fn left_behind(path: &Path, known: &Known, ran: impl Fn(&str) -> bool) -> std::io::Result<Vec<[String; 5]>> {
    let mut gone = Vec::new();
    let file = std::io::BufReader::new(std::fs::File::open(path)?);
    audit::read_report(file, &mut |line: Line| {
        let print = Fingerprint::parse(&line.fingerprint);
        if print.is_some_and(|print| known.is_gone(print)) && ran(&line.rule) {
            gone.push([line.rule, line.table, line.key, line.detail, line.fingerprint]);
        }
    })
    .map_err(std::io::Error::other)?;
    Ok(gone)
}

/// A waiver, as a person finds it again.
pub(super) fn named(waiver: &Waiver) -> String {
    match waiver.written {
        Written::Table(id) => format!("#{id}"),
        Written::File(line) => say!("audit-waiver-line", line = line.to_string()),
    }
}
