use anyhow::Result;

use super::{official, sheet};
use crate::calendar::Period;
use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::db::stats::{self, Scope};
use crate::db::units;
use crate::disclosure::annual::{Annual, COLUMNS, Form, GROUPS, RESULTS};
use crate::disclosure::figure::Figure;
use crate::disclosure::filling::{Counts, Requests, fill, members, read};
use crate::failure::{Exit, Failure};
use crate::say;
use crate::view::Report;

/// The annual report (年度报告) in the form of its year, official tables and all
///
/// The forms of 2019 and 2021, whole, with every identity checked, those with the year before too. xlsx, docx and html have
/// the official layout; json is what `stats check` reads. A frozen year is printed as it was
/// frozen; --live counts anew. 2014 to 2018 have the form of their time; --form fills any other.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Year, such as 2026
    year: i16,
    #[command(flatten)]
    sheet: sheet::Args,
    /// An earlier edition of a frozen year
    #[arg(long, value_name = "N", conflicts_with_all = ["live", "form", "by_unit"])]
    edition: Option<i64>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let Args { sheet: args, year, edition } = args;
    let (year, edition) = (*year, *edition);
    let of_its_time = Form::of_year(year).is_none() && year >= 2014;
    if args.form.is_some() || of_its_time {
        let period = Period::read(&format!("{year:04}")).ok_or_else(|| no_form(year))?;
        return sheet::run(ctx, "stats.year", &period, args, "2014");
    }
    let form = form_of(year)?;
    let (unit, org) = unit_of(ctx, args.unit.as_deref())?;
    let editions = if args.live || args.alone { Vec::new() } else { stats::editions(ctx.db()?, form.code(), &year.to_string(), unit)? };
    let frozen = match edition {
        Some(wanted) => Some(editions.into_iter().find(|frozen| frozen.edition == wanted).ok_or_else(|| no_edition(wanted))?),
        None => editions.into_iter().next_back(),
    };
    let mut sealed_fees = None;
    let (annual, edition) = match frozen {
        Some(frozen) => {
            if !frozen.intact() {
                return Err(changed_behind(&year.to_string(), frozen.edition));
            }
            let document = serde_json::from_str(&frozen.figures)?;
            sealed_fees = fees_of(&document);
            let annual = read(&document).ok_or_else(|| no_edition(frozen.edition))?;
            (annual, Some((frozen.edition, frozen.sha256)))
        }
        None => (
            {
                let scope = scope_of(ctx, args.unit.as_deref(), args.alone)?;
                counted(ctx, year, form, &org, &scope)?
            },
            None,
        ),
    };
    let today = ctx.clock.today();
    let mut report = flat(&annual);
    if let Some((edition, sha256)) = &edition {
        report = report.with_summary("edition", *edition).with_summary("sha256", sha256.as_str());
    }
    if annual.year >= today.year() {
        report.warn("period-not-over", say!("stats-period-not-over", last = format!("{}-12-31", annual.year)));
    }
    let mut broken: Vec<_> = annual.check().into_iter().filter(|found| found.rule.starts_with(['A', 'B'])).collect();
    if let Some(before) = year_before(ctx, year, unit, &org, args)? {
        broken.extend(annual.check_against(&before));
    }
    let warnings: Vec<String> = report.warnings.iter().map(|warning| warning.message.clone()).collect();
    let (n, yuan) = match sealed_fees {
        Some(fees) => fees,
        None => {
            let scope = scope_of(ctx, args.unit.as_deref(), args.alone)?;
            fees(ctx, year, &scope)?
        }
    };
    // What is collected for excess is reported in part 六 (国办函〔2020〕109号).
    let other: Vec<String> = if year < 2021 { Vec::new() } else { vec![format!("本年度收取信息处理费{n}件，共{yuan}元。")] };
    report.document = Some(official::document(&annual, &lead(&annual), &other));
    report.members = members(&annual);
    ctx.show(report)?;
    warnings.iter().for_each(|warning| ctx.remark(warning));
    for found in &broken {
        let (rule, row, column) = (found.rule, found.row.clone(), found.column.clone());
        ctx.remark(&say!(
            "stats-identity",
            rule = rule,
            row = row,
            column = column,
            left = found.left.clone(),
            right = found.right.clone()
        ));
    }
    Ok(if broken.is_empty() { Outcome::Done } else { Outcome::LookAtIt })
}

/// Fees collected for excess in a year: of how many requests, and yuan (国办函〔2020〕109号).
///
/// # Errors
/// The engine's.
pub(super) fn fees(ctx: &mut Context, year: i16, scope: &Scope) -> Result<(i64, i64)> {
    let (first, last) = (jiff::civil::date(year, 1, 1), jiff::civil::date(year, 12, 31));
    Ok(stats::fees(ctx.db()?, first, last, scope)?)
}

/// The fees an edition was frozen with; none in those of before they were part of it.
pub(super) fn fees_of(document: &serde_json::Value) -> Option<(i64, i64)> {
    let fees = document.get("fees")?;
    Some((fees.get("requests")?.as_i64()?, fees.get("yuan")?.as_i64()?))
}

/// The report of the year before, as it was handed in (frozen), else as it is counted now: C1 and C2 lead from one to
/// the next. None before 2019.
fn year_before(ctx: &mut Context, year: i16, unit: i64, org: &str, args: &sheet::Args) -> Result<Option<Annual>> {
    let Some(form) = Form::of_year(year - 1) else { return Ok(None) };
    if !args.alone
        && let Some(frozen) = stats::editions(ctx.db()?, form.code(), &(year - 1).to_string(), unit)?.pop()
    {
        if !frozen.intact() {
            return Err(changed_behind(&(year - 1).to_string(), frozen.edition));
        }
        return Ok(read(&serde_json::from_str(&frozen.figures)?));
    }
    let scope = scope_of(ctx, args.unit.as_deref(), args.alone)?;
    Ok(Some(counted(ctx, year - 1, form, org, &scope)?))
}

/// The official form of a year, with its three tables.
///
/// # Errors
/// Exit 2 before 2019.
pub(super) fn form_of(year: i16) -> Result<Form, Failure> {
    Form::of_year(year).filter(|_| year <= 9999).ok_or_else(|| no_form(year))
}

fn no_form(year: i16) -> Failure {
    Failure::new("usage.no-form", Exit::Usage, say!("usage-no-form", year = year.to_string())).hint(say!("usage-no-form-hint"))
}

/// The figures of an edition are no longer those that were frozen.
pub(super) fn changed_behind(period: &str, edition: i64) -> anyhow::Error {
    let sentence = say!("stats-edition-changed", period = period.to_owned(), edition = edition.to_string());
    Failure::new("stats.edition-changed", Exit::Integrity, sentence).hint(say!("stats-edition-changed-hint")).into()
}

fn no_edition(wanted: i64) -> Failure {
    Failure::new("stats.no-edition", Exit::NotFound, say!("stats-no-edition", edition = wanted.to_string()))
        .hint(say!("stats-no-edition-hint"))
}

/// Id and name of the unit that reports; the organisation when none is named.
pub(super) fn unit_of(ctx: &mut Context, code: Option<&str>) -> Result<(i64, String)> {
    let unit = match code {
        Some(code) => units::by_code(ctx.db()?, code)?,
        None => units::list(ctx.db()?, &units::UnitFilter::default())?.into_iter().min_by_key(|unit| (unit.level, unit.id)),
    };
    let unit = unit.ok_or_else(|| no_unit(code.unwrap_or_default()))?;
    Ok((unit.id, unit.name))
}

pub(super) fn no_unit(code: &str) -> Failure {
    Failure::new("unit.unknown", Exit::NotFound, say!("unit-unknown", code = code.to_owned())).hint(say!("unit-unknown-hint"))
}

/// What is counted: naming the organisation itself is the whole, unless it is meant alone.
pub(super) fn scope_of(ctx: &mut Context, unit: Option<&str>, alone: bool) -> Result<Scope> {
    let (root, _) = unit_of(ctx, None)?;
    let whole = match unit {
        None => true,
        Some(code) => unit_of(ctx, Some(code))?.0 == root && !alone,
    };
    Ok(Scope { unit: unit.filter(|_| !whole).map(str::to_owned), alone })
}

/// Counts a year, all in one picture of the database.
pub(super) fn counted(ctx: &mut Context, year: i16, form: Form, org: &str, scope: &Scope) -> Result<Annual> {
    let (from, to) = (jiff::civil::date(year, 1, 1), jiff::civil::date(year, 12, 31));
    let whole = scope.unit.is_none();
    let (requests, disputes, normative, decisions, licences) = ctx.db()?.one_picture(|db| {
        Ok::<_, crate::db::DbError>((
            stats::requests(db, from, to, scope)?,
            stats::disputes(db, from, to, scope)?,
            stats::normative(db, from, to, scope)?,
            if whole { stats::decisions(db, year)? } else { Vec::new() },
            if whole { Some(stats::licences_decided(db, from, to)?).filter(|n| *n > 0) } else { None },
        ))
    })?;
    let counts = Counts {
        requests: requests
            .iter()
            .map(|row| Requests {
                applicant: &row.applicant_kind,
                row: row.outcome_row.as_deref(),
                new: row.new,
                carried: row.carried,
                closed: row.closed,
                open: row.open,
            })
            .collect(),
        disputes: disputes.iter().map(|(kind, result, n)| (kind.as_str(), result.as_str(), *n)).collect(),
        normative: normative.iter().map(|(kind, values)| (kind.as_str(), *values)).collect(),
        decisions: decisions.iter().filter_map(|(code, value)| Some((code.as_str(), Figure::read(value)?))).collect(),
        licences,
    };
    Ok(fill(org, year, form, &counts))
}

/// One line per figure: for programs, and the base of `explain`.
pub(super) fn flat(annual: &Annual) -> Report {
    let mut report = report(
        "disclosure.annual_report",
        vec![left("table"), left("row"), left("label"), left("column"), left("column_label"), left("value")],
    );
    let number = |figure: Figure| official::cell(figure);
    for row in annual.form.rows(0).filter(|row| row.code != "h") {
        let titles = annual.form.proactive_columns(&row.code);
        for (at, figure) in annual.proactive.get(&row.code).into_iter().flatten().enumerate() {
            let title = titles.get(at).copied().unwrap_or_default();
            report.push(vec![
                "二".into(),
                row.code.clone().into(),
                row.label.clone().into(),
                (at + 1).to_string().into(),
                title.into(),
                number(*figure),
            ]);
        }
    }
    for (code, cells) in &annual.applications {
        let label = annual.form.rows(1).find(|row| row.code == *code).map_or("（六）其他处理", |row| row.label.as_str());
        for ((key, title), figure) in COLUMNS.iter().zip(cells) {
            report.push(vec![
                "三".into(),
                code.clone().into(),
                label.replace('|', " ").into(),
                (*key).into(),
                (*title).into(),
                number(*figure),
            ]);
        }
    }
    for ((code, title), cells) in GROUPS.iter().zip(&annual.disputes) {
        for (at, figure) in cells.iter().enumerate() {
            let row = format!("{code}.{}", at + 1);
            report.push(vec!["四".into(), row.into(), (*title).into(), RESULTS[at].into(), RESULTS[at].into(), number(*figure)]);
        }
    }
    report
}

/// The sentences the figures say, under 总体情况.
fn lead(annual: &Annual) -> Vec<String> {
    let total = |code: &str| match annual.applications.get(code).map(|row| row[6]) {
        Some(Figure::Number(amount)) => amount.to_string(),
        _ => "—".to_owned(),
    };
    vec![format!(
        "{}年，新收政府信息公开申请{}件，上年结转{}件；办结{}件，结转下年度继续办理{}件。",
        annual.year,
        total("1"),
        total("2"),
        total("3.7"),
        total("4")
    )]
}
