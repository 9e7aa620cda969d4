use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::Result;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::standing::{Background, Whose, background};
use crate::audit::{self, Finding, Parameters, Results, Rule, RunError, Severity, State, Waiver};
use crate::cli::columns::{left, report};
use crate::clock::Clock;
use crate::context::{Context, Outcome};
use crate::db::{Db, hex, settings};
use crate::failure::{Exit, Failure, of_file};
use crate::ledger::Entry;
use crate::locale::{Language, spoken};
use crate::say;
use crate::view::{Cell, Format, InspectedRule, Inspection, Stream, Words};

/// Run the rules and list every fault
///
/// Nothing is changed. Exit 3 when there are findings at or above --fail-on; exit 1
/// when a rule could not be evaluated, which is never silent.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    choice: Choice,
    /// Only findings first seen on this day or later
    #[arg(long, value_name = "DATE")]
    since: Option<String>,
    /// Only findings that are new
    #[arg(long)]
    new: bool,
    /// End with exit 3 from this severity on
    #[arg(long, default_value = "high", value_name = "SEVERITY", value_parser = ["low", "medium", "high", "critical"])]
    fail_on: String,
    /// Earlier report (json): what is in it is not new
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// File of waivers (TOML), beside those in the database
    #[arg(long, value_name = "FILE")]
    waivers: Option<PathBuf>,
    /// Keep the findings: first seen, fixed, seen again
    #[arg(long)]
    keep: bool,
    /// Database of another program: its adapter, a TOML file or `ruoyi`
    #[arg(long, value_name = "FILE", conflicts_with = "keep")]
    adapter: Option<String>,
}

/// Which rules, and how strictly.
#[derive(Debug, clap::Args)]
pub(super) struct Choice {
    /// Only these rules
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub rule: Vec<String>,
    /// Only rules of these areas, such as ACC
    #[arg(long, value_delimiter = ',')]
    pub area: Vec<String>,
    /// Only rules at least this severe
    #[arg(long, value_parser = ["low", "medium", "high", "critical"])]
    pub severity: Option<String>,
    /// Level of protection (等级保护): 2 or 3
    #[arg(long, value_parser = ["2", "3"])]
    pub level: Option<String>,
}

impl Choice {
    /// The level asked for, or the configured one.
    pub fn level(&self, ctx: &Context) -> Result<u8> {
        let level = match &self.level {
            Some(level) => level.clone(),
            None => ctx.config.get("audit.level").unwrap_or("3").to_owned(),
        };
        match level.as_str() {
            "2" => Ok(2),
            "3" => Ok(3),
            _ => Err(super::bad_level(&level)),
        }
    }

    /// The rules chosen, as they weigh at the level.
    pub fn of(&self, ctx: &Context) -> Result<Vec<Rule>> {
        let mut rules = audit::at_level(super::all(ctx)?, self.level(ctx)?);
        for id in &self.rule {
            if !rules.iter().any(|rule| rule.id.eq_ignore_ascii_case(id)) {
                return Err(super::unknown(id));
            }
        }
        super::known_areas(&rules, &self.area)?;
        rules.retain(|rule| {
            (self.rule.is_empty() || self.rule.iter().any(|id| rule.id.eq_ignore_ascii_case(id)))
                && super::is_of(rule, &self.area)
                && self.severity.as_deref().and_then(Severity::from_name).is_none_or(|least| rule.severity >= least)
        });
        if rules.is_empty() { Err(super::none_chosen()) } else { Ok(rules) }
    }
}

/// A run with everything that is said of it.
struct Audited {
    results: Results,
    waivers: Vec<Waiver>,
    /// Shown with each finding, by place of its rule.
    titles: Vec<(String, String)>,
    /// A waiver as an object rather than a sentence, and the subject beside its parts.
    nested: bool,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let rules = args.choice.of(ctx)?;
    let since = args.since.as_deref().map(crate::context::parse_day).transpose()?;
    let adapter = args.adapter.as_deref().map(|named| super::foreign::put_on(ctx, named)).transpose()?;
    let database_id = match &adapter {
        Some(adapter) => Some(format!("{}:{}", adapter.name, ctx.url()?.name())),
        None => settings::get(ctx.db()?, settings::DATABASE_ID)?,
    };
    let whose = Whose { database_id, ours: adapter.is_none() };
    if args.keep {
        let clock = ctx.clock;
        may_keep(ctx.db()?, &clock)?;
    }
    let mut background = background(ctx, &whose, args.waivers.as_deref(), args.baseline.as_deref())?;
    let parameters = parameters(ctx)?;
    let progress = ctx.progress(&say!("progress-auditing"), Some(rules.len() as u64));
    let hindrance = |rule: &Rule| adapter.as_ref().and_then(|adapter| super::foreign::hindrance(adapter, rule));
    let mut results = run_all(ctx.db()?, rules, &parameters, hindrance, || progress.advance(1))?;
    drop(progress);

    background.judge(&mut results, ctx.clock.judged_at()).map_err(disk)?;
    if args.keep {
        keep(ctx, &mut background, &results)?;
    }
    let all = Counts::of(&results);
    let from = since.map(|day| crate::db::Instant::at_beijing(day.at(0, 0, 0, 0)));
    let chosen = |finding: &Finding<'_>| {
        let standing = finding.standing;
        (!args.new || standing.state == State::New) && from.is_none_or(|from| standing.first_seen.is_none_or(|seen| seen >= from))
    };
    results.findings.retain(chosen).map_err(disk)?;
    results.findings.arrange();

    let fail_on = Severity::from_name(&args.fail_on).unwrap_or(Severity::High);
    let fails = results.findings.marks().any(|(rule, state)| state != State::Waived && rule.severity >= fail_on);
    let skipped = results.skipped.clone();
    let stale = background.stale.clone();
    let shown = results.findings.len().min(ctx.globals.limit.unwrap_or(usize::MAX));
    let total = all.sentence(shown);
    show(ctx, args, results, background, &whose, &all, (shown, &total))?;
    for skipped in &skipped {
        ctx.remark(&say!("audit-skipped", rule = skipped.rule.clone(), why = skipped.why.clone()));
    }
    for waiver in &stale {
        ctx.remark(&say!(
            "audit-waiver-stale",
            waiver = super::standing::named(waiver),
            rule = waiver.rule.clone(),
            subject = waiver.subject()
        ));
    }
    ctx.remark(&total);
    Ok(if !skipped.is_empty() {
        Outcome::Incomplete
    } else if fails {
        Outcome::LookAtIt
    } else {
        Outcome::Done
    })
}

/// How many rules and findings there were; the parts make up the wholes.
struct Counts {
    rules: usize,
    skipped: usize,
    findings: usize,
    new: usize,
    open: usize,
    waived: usize,
    by_severity: [usize; 4],
}

impl Counts {
    fn of(results: &Results) -> Self {
        let state = |wanted: State| results.findings.marks().filter(|(_, state)| *state == wanted).count();
        Self {
            rules: results.rules(),
            skipped: results.skipped.len(),
            findings: results.findings.len(),
            new: state(State::New),
            open: state(State::Open),
            waived: state(State::Waived),
            by_severity: Severity::ALL.map(|wanted| results.findings.marks().filter(|(rule, _)| rule.severity == wanted).count()),
        }
    }

    fn sentence(&self, shown: usize) -> String {
        let total = say!(
            "audit-total",
            rules = self.rules.to_string(),
            ran = (self.rules - self.skipped).to_string(),
            skipped = self.skipped.to_string(),
            findings = self.findings.to_string(),
            new = self.new.to_string(),
            open = self.open.to_string(),
            waived = self.waived.to_string()
        );
        if shown == self.findings { total } else { format!("{total} {}", say!("audit-total-shown", shown = shown.to_string())) }
    }
}

/// Runs rules and tells in which way a run as a whole can fail.
pub(super) fn run_all(
    db: &mut Db,
    rules: Vec<Rule>,
    parameters: &Parameters,
    hindrance: impl Fn(&Rule) -> Option<String>,
    mut each: impl FnMut(),
) -> Result<Results> {
    audit::run(db, rules, parameters, hindrance, |_| each()).map_err(failed)
}

pub(super) fn failed(error: RunError) -> anyhow::Error {
    match error {
        RunError::Database(error) => error.into(),
        RunError::Disk(error) => disk(error),
    }
}

/// What many findings say goes to a temporary file, and there was no room for it.
pub(super) fn disk(error: std::io::Error) -> anyhow::Error {
    of_file(&std::env::temp_dir(), &error).into()
}

/// What is kept says since when a fault is there: nothing is kept of a day before the last that was kept, nor of one to
/// come.
fn may_keep(db: &mut Db, clock: &Clock) -> Result<()> {
    let (day, today) = (clock.today(), clock.now().day());
    if day == today {
        return Ok(());
    }
    let last = crate::db::audit_findings::last_kept(db)?.map(|at| at.day());
    let why = if day > today {
        say!("audit-keep-to-come", day = day.to_string())
    } else if let Some(last) = last.filter(|last| day < *last) {
        say!("audit-keep-before", day = day.to_string(), last = last.to_string())
    } else {
        return Ok(());
    };
    Err(Failure::new("audit.keep-as-of", Exit::Usage, why).hint(say!("audit-keep-hint")).into())
}

fn keep(ctx: &mut Context, background: &mut Background, results: &Results) -> Result<()> {
    // The last second of today is still to come.
    let (clock, at) = (ctx.clock, ctx.clock.judged_at().min(ctx.clock.now()));
    let known = &mut background.known;
    let tally = ctx.write(|db, log| {
        may_keep(db, &clock)?;
        // Known anew in the transaction that writes: another run may have kept its findings meanwhile.
        audit::know(db, known)?;
        let ran = |id: &str| results.ran().any(|rule| rule.id == id);
        let tally = audit::keep(db, &results.findings, known, ran, at).map_err(failed)?;
        log.push(Entry {
            verb: "audit run",
            table: Some("audit_finding"),
            new: Some(json!({
                "clock": at.rfc3339(), "added": tally.added, "stayed": tally.stayed, "returned": tally.returned, "fixed": tally.fixed,
            })),
            ..Entry::default()
        });
        Ok(tally)
    })?;
    background.fixed = Some(tally.fixed as usize);
    let (added, stayed) = (tally.added.to_string(), tally.stayed.to_string());
    let (returned, fixed) = (tally.returned.to_string(), tally.fixed.to_string());
    ctx.remark(&say!("audit-kept", added = added, stayed = stayed, returned = returned, fixed = fixed));
    if ctx.globals.dry_run {
        ctx.remark(&say!("dry-run"));
    }
    Ok(())
}

fn show(
    ctx: &mut Context,
    args: &Args,
    results: Results,
    background: Background,
    whose: &Whose,
    counts: &Counts,
    (shown, total): (usize, &str),
) -> Result<()> {
    let format = ctx.format();
    let nested = matches!(format, Format::Json | Format::Jsonl | Format::Sarif);
    // A screen shows what a person acts on; every other form has all columns, and so has whoever names some.
    let brief = format == Format::Table && ctx.globals.fields.is_none() && ctx.globals.sort.is_empty();
    let mut report = if brief {
        report("audit.run", vec![left("severity"), left("rule"), left("state"), left("table"), left("key"), left("detail"), left("remedy")])
    } else {
        let mut columns = vec![left("rule"), left("severity"), left("state"), left("table"), left("key")];
        if nested {
            columns.push(left("subject"));
        }
        columns.extend([left("detail"), left("first_seen"), left("waiver"), left("title"), left("remedy"), left("fingerprint")]);
        report("audit.run", columns)
    };
    report.key = 4;

    for (severity, count) in Severity::ALL.iter().zip(counts.by_severity).rev() {
        report.summary.push((severity.name(), Cell::from(count)));
    }
    let ran = counts.rules - counts.skipped;
    let numbers = [
        ("rules", counts.rules),
        ("ran", ran),
        ("skipped", counts.skipped),
        ("findings", counts.findings),
        ("new", counts.new),
        ("open", counts.open),
        ("waived", counts.waived),
        ("shown", shown),
    ];
    report.summary.extend(numbers.map(|(name, count)| (name, Cell::from(count))));
    if let Some(fixed) = background.fixed {
        report.summary.push(("fixed", fixed.into()));
    }
    for skipped in &results.skipped {
        report.warn("rule-skipped", format!("{}: {}", skipped.rule, skipped.why));
    }
    for waiver in &background.stale {
        report.warn("waiver-stale", format!("{}: {} {}", super::standing::named(waiver), waiver.rule, waiver.subject()));
    }
    if matches!(format, Format::Markdown | Format::Xlsx | Format::Docx) {
        report.notes.push(total.to_owned());
    }
    report.members = members(ctx, args, whose, &results, counts)?;
    report.inspection = Some(Box::new(inspection(ctx, &results, &background, total)));
    // The same data judged by the same clock are the same document, whenever that is asked.
    report.made_at = ctx.globals.as_of.as_ref().map(|_| ctx.clock.judged_at().rfc3339());

    let titles = results.findings.rules().iter().map(|rule| (super::title(rule), super::remedy(rule))).collect();
    let audited = Rc::new(Audited { results, waivers: background.waivers, titles, nested });
    report.stream = Some(Stream::new(audited.results.findings.len(), move |rows, each| {
        for at in 0..rows {
            each(audited.row(at, brief)?)?;
        }
        Ok(())
    }));
    ctx.show(report)
}

impl Audited {
    fn row(&self, at: usize, brief: bool) -> std::io::Result<Vec<Cell>> {
        let finding = self.results.findings.get(at)?;
        let (title, remedy) = &self.titles[finding.place];
        let (rule, severity) = (finding.rule.id.clone(), finding.rule.severity.name());
        let state = finding.standing.state.name();
        if brief {
            return Ok(vec![
                severity.into(),
                rule.into(),
                state.into(),
                finding.table.into(),
                finding.key.into(),
                finding.detail.into(),
                remedy.into(),
            ]);
        }
        let fingerprint = finding.fingerprint().hex();
        let first_seen = finding.standing.first_seen.map(|at| at.rfc3339());
        let waiver = finding.standing.waiver.and_then(|place| self.waivers.get(place as usize)).map(|waiver| self.waiver(waiver));
        let mut row: Vec<Cell> = vec![rule.into(), severity.into(), state.into(), finding.table.into(), finding.key.as_str().into()];
        if self.nested {
            row.push(json!({ "table": finding.table, "key": finding.key }).into());
        }
        row.extend([finding.detail.into(), first_seen.into(), waiver.unwrap_or_default(), title.into(), remedy.into(), fingerprint.into()]);
        Ok(row)
    }

    fn waiver(&self, waiver: &Waiver) -> Cell {
        let expires = waiver.expires_on.map(|day| day.to_string()).unwrap_or_default();
        if !self.nested {
            let approved_by = waiver.approved_by.clone().unwrap_or_default();
            return say!("audit-waived-until", until = expires, by = approved_by, reason = waiver.reason.clone()).into();
        }
        json!({
            "reason": waiver.reason, "requested_by": waiver.requested_by, "approved_by": waiver.approved_by,
            "expires": expires, "basis_doc_no": waiver.basis,
        })
        .into()
    }
}

/// What stands above the findings: of which database, by which clock and rules.
fn members(
    ctx: &Context,
    args: &Args,
    whose: &Whose,
    results: &Results,
    counts: &Counts,
) -> Result<Vec<(&'static str, serde_json::Value)>> {
    let ran: Vec<&str> = results.ran().map(|rule| rule.id.as_str()).collect();
    Ok(vec![
        ("layout", json!("swj-audit/1")),
        ("database_id", json!(whose.database_id)),
        ("clock", json!(ctx.clock.judged_at().rfc3339())),
        ("ruleset", json!({ "version": env!("CARGO_PKG_VERSION"), "sha256": ruleset(results.findings.rules()), "ran": ran })),
        ("level", json!(args.choice.level(ctx)?)),
        (
            "counts",
            json!({
                "rules": counts.rules, "ran": ran.len(), "skipped": counts.skipped, "findings": counts.findings,
                "new": counts.new, "open": counts.open, "waived": counts.waived,
            }),
        ),
        (
            "skipped",
            results.skipped.iter().map(|skipped| json!({ "rule": skipped.rule, "reason": skipped.why })).collect::<Vec<_>>().into(),
        ),
    ])
}

/// One number for the rules of a run, whoever wrote them.
fn ruleset(rules: &[Rule]) -> String {
    let mut digest = Sha256::new();
    for rule in rules {
        digest.update(format!("{}\u{1f}{}\u{1f}{}\u{1e}", rule.id, rule.severity.name(), rule.sql));
    }
    hex(&digest.finalize())
}

fn inspection(ctx: &Context, results: &Results, background: &Background, total: &str) -> Inspection {
    let rule = |rule: &Rule| InspectedRule {
        id: rule.id.clone(),
        name: rule.name.clone(),
        area: rule.area().to_owned(),
        severity: rule.severity.name().to_owned(),
        title: super::title(rule),
        why: super::why(rule),
        clause: rule.clause.clone(),
        remedy: super::remedy(rule),
        skipped: results.skipped.iter().find(|skipped| skipped.rule == rule.id).map(|skipped| skipped.why.clone()),
    };
    let language = match spoken() {
        Language::Chinese => "zh-CN",
        Language::English => "en",
    };
    let column = |key: &'static str| left(key).title;
    Inspection {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        clock: ctx.clock.judged_at().rfc3339(),
        rules: results.findings.rules().iter().map(rule).collect(),
        compared: background.compared,
        gone: background.gone.clone(),
        words: Words {
            language: language.to_owned(),
            title: say!("audit-page-title", organisation = ctx.url().map(|url| url.name()).unwrap_or_default()),
            search: say!("audit-page-search"),
            all: say!("audit-page-all"),
            shown: say!("audit-page-shown"),
            nothing: say!("audit-page-nothing"),
            severity: column("severity"),
            state: column("state"),
            rule: column("rule"),
            subject: column("subject_key"),
            detail: column("detail"),
            remedy: column("remedy"),
            clause: column("clause"),
            skipped: say!("audit-page-skipped"),
            total: total.to_owned(),
        },
    }
}

/// The severities of everything the rules find in a database: for the proof of a rehearsal. What a copy says of
/// backups is of the day it was made, and no fault of its own.
pub(super) fn severities(ctx: &Context, db: &mut Db) -> Result<Vec<Severity>> {
    let rules: Vec<_> = super::all(ctx)?.into_iter().filter(|rule| rule.area() != "BAK").collect();
    Ok(run_all(db, rules, &parameters(ctx)?, |_| None, || {})?.severities())
}

/// A file that must be there because somebody named it.
pub(super) fn open(path: &Path) -> Result<std::io::BufReader<std::fs::File>> {
    Ok(std::io::BufReader::new(std::fs::File::open(path).map_err(|error| of_file(path, &error))?))
}

pub(super) fn parameters(ctx: &Context) -> Result<Parameters> {
    Ok(Parameters {
        today: ctx.clock.today(),
        now: ctx.clock.judged_at(),
        dormant_days: ctx.config.number("audit.dormant_days")?,
        password_days: ctx.config.number("audit.password_days")?,
        initial_password_days: ctx.config.number("audit.initial_password_days")?,
        fail_limit: ctx.config.number("audit.fail_limit")?,
        system_administrators_max: ctx.config.number("audit.system_administrators_max")?,
        full_backup_days: ctx.config.number("audit.full_backup_days")?,
        backup_hours: ctx.config.number("audit.backup_hours")?,
        drill_months: ctx.config.number("audit.drill_months")?,
        unit_idle_days: ctx.config.number("audit.unit_idle_days")?,
        receipt_hours: ctx.config.number("audit.receipt_hours")?,
        checkpoint_hours: ctx.config.number("audit.checkpoint_hours")?,
        log_months: ctx.config.number("audit.log_months")?,
        transfer_days: ctx.config.number("audit.transfer_days")?,
        transfer_years: ctx.config.number("audit.transfer_years")?,
        reassess_months: ctx.config.number("audit.reassess_months")?,
        roster_days: ctx.config.number("audit.roster_days")?,
        virus_days: ctx.config.number("audit.virus_days")?,
        critical_days: ctx.config.number("audit.critical_days")?,
        high_days: ctx.config.number("audit.high_days")?,
    })
}
