//! Filling a form of statistics (统计表式), whatever its rows: `stats month|quarter|halfyear|year`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Result;
use jiff::civil::Date;

use crate::calendar::Period;
use crate::cli::columns::{left, report, right};
use crate::context::{Context, Outcome};
use crate::db::units::{self, Unit, UnitFilter};
use crate::db::{DbError, facts, stats};
use crate::disclosure::cube::{Cube, Window};
use crate::disclosure::figure::{Amount, Figure};
use crate::disclosure::sheet::{Cycle, FACTS, Reach, Sheet, SheetError, SheetFault, Since, Slot, built_in, read_file, site};
use crate::failure::{Exit, Failure};
use crate::say;
use crate::view::{Block, Cell, Chart, Column, Document, Format, Grid, Report};

/// Which form, and for whom.
#[derive(Clone, Debug, Default, clap::Args)]
#[group(skip)]
pub(crate) struct Args {
    /// Form to fill: its code (see `stats forms`), or a file
    #[arg(long, value_name = "CODE|FILE")]
    pub(super) form: Option<String>,
    /// Only this unit and those below it: its code
    #[arg(long, value_name = "CODE")]
    pub(super) unit: Option<String>,
    /// The unit alone, without those below it
    #[arg(long, requires = "unit")]
    pub(super) alone: bool,
    /// A block for every unit, then the total
    #[arg(long)]
    by_unit: bool,
    /// Count anew, though months are frozen
    #[arg(long)]
    pub(super) live: bool,
}

/// A block of a filled form: a unit's, or the total's (`*`).
struct Filled {
    code: String,
    name: String,
    figures: Vec<Vec<Figure>>,
}

/// Every form there is: those compiled in and the site's own, by code.
///
/// # Errors
/// A site's file that is no form, or a code twice.
pub(super) fn all(ctx: &Context) -> Result<Vec<Sheet>> {
    let mut sheets = built_in().map_err(refused)?;
    if let Some(folder) = ctx.config.path("disclosure.forms_folder") {
        sheets.extend(site(&folder).map_err(refused)?);
    }
    sheets.sort_by(|one, other| one.code.cmp(&other.code));
    if let Some(twice) = sheets.windows(2).find(|pair| pair[0].code == pair[1].code) {
        return Err(Failure::new("form.twice", Exit::Usage, say!("form-twice", code = twice[0].code.clone())).into());
    }
    Ok(sheets)
}

/// The form of a code, or of a file.
///
/// # Errors
/// Exit 2: no such form, or the file is none.
pub(super) fn named(ctx: &Context, name: &str) -> Result<Sheet> {
    if name.contains(['/', '\\']) || Path::new(name).extension().is_some_and(|end| end == "toml") {
        return Ok(read_file(Path::new(name)).map_err(refused)?);
    }
    let sheets = all(ctx)?;
    let known: Vec<&str> = sheets.iter().map(|sheet| sheet.code.as_str()).collect();
    let unknown = Failure::new("form.unknown", Exit::Usage, say!("form-unknown", form = name.to_owned()))
        .hint(say!("form-unknown-hint", known = known.join(", ")));
    sheets.into_iter().find(|sheet| sheet.code == name).ok_or_else(|| unknown.into())
}

fn refused(error: SheetError) -> Failure {
    let fault = match error.fault {
        SheetFault::Toml(words) => say!("form-toml", words = words),
        SheetFault::Column(word) => say!("form-column", word = word),
        SheetFault::Fact(word) => say!("form-fact", word = word),
        SheetFault::Row(code) => say!("form-row", code = code),
        SheetFault::Twice(code) => say!("form-row-twice", code = code),
        SheetFault::Circle(code) => say!("form-circle", code = code),
        SheetFault::Day(day) => say!("form-day", day = day),
    };
    let failure =
        Failure::new("form.unreadable", Exit::Usage, fault).in_file(&PathBuf::from(error.file)).hint(say!("form-unreadable-hint"));
    if error.line == 0 { failure } else { failure.at_line(error.line) }
}

/// Fills the form for a period and prints it.
pub(super) fn run(ctx: &mut Context, schema: &'static str, period: &Period, args: &Args, default: &str) -> Result<Outcome> {
    let sheet = named(ctx, args.form.as_deref().unwrap_or(default))?;
    let cycle = Cycle::of(period);
    if !sheet.suits(cycle) {
        let failure = Failure::new("form.cycle", Exit::Usage, say!("form-cycle", form = sheet.code.clone(), cycle = sheet.cycle.word()));
        let verb = if sheet.cycle == Cycle::Any { "month" } else { sheet.cycle.word() };
        return Err(failure.hint(say!("form-cycle-hint", command = format!("swj stats {verb} --form {}", sheet.code))).into());
    }
    let today = ctx.clock.today();
    let charted = !sheet.chart.is_empty() && matches!(ctx.format(), Format::Xlsx | Format::Docx | Format::Html);
    let (units, counted) = ctx.db()?.one_picture(|db| {
        let units = units::list(db, &UnitFilter::default())?;
        Ok::<_, DbError>((units, counted(db, &sheet, period, today, args.live, charted)?))
    })?;
    let (cube, frozen) = counted.map_err(|(month, edition)| super::year::changed_behind(&month, edition))?;
    let scoped = within(&units, args.unit.as_deref(), args.alone)?;
    let filled = fill(&sheet, &cube, period, &scoped, args);
    let broken: Vec<String> = filled
        .iter()
        .filter(|block| !sheet.broken(&block.figures).is_empty())
        .map(|block| {
            let rows = sheet.broken(&block.figures).into_iter().map(|(row, _, left, right)| format!("{} ({left} ≠ {right})", row.code));
            format!("{}: {}", block.code, rows.collect::<Vec<_>>().join(", "))
        })
        .collect();

    let title = sheet.titled(period);
    let mut report = flat(schema, &sheet, &filled)
        .with_title(title.clone())
        .with_summary("form", sheet.code.as_str())
        .with_summary("period", period.name.as_str())
        .with_summary("units", filled.iter().filter(|block| block.code != "*").count());
    report.notes = sheet.notes.iter().map(|note| note.replace("{today}", &today.to_string())).collect();
    if !frozen.is_empty() {
        let months: Vec<String> = frozen.iter().map(|(month, edition)| format!("{month}/{edition}")).collect();
        report = report.with_summary("frozen", months.join(" "));
        report.notes.push(format!("已封存：{}（月份/版次）。", months.join("、")));
    }
    if period.to >= today {
        report.warn("period-not-over", say!("stats-period-not-over", last = period.to.to_string()));
    }
    if sheet.from.is_some_and(|from| period.to < from) || sheet.until.is_some_and(|until| period.from > until) {
        report.warn("form-not-in-force", say!("form-not-in-force", form = sheet.code.clone()));
    }
    if matches!(ctx.format(), Format::Xlsx | Format::Docx | Format::Html) || (args.form.is_some() && !sheet.by_unit) {
        let charts = if charted { charts(&sheet, &cube, period, &scoped, &filled) } else { Vec::new() };
        report.document = Some(document(&title, &sheet, &filled, &report.notes, charts));
    }
    let warnings: Vec<_> = report.warnings.iter().map(|warning| warning.message.clone()).collect();
    ctx.show(report)?;
    warnings.iter().for_each(|warning| ctx.remark(warning));
    if broken.is_empty() {
        return Ok(Outcome::Done);
    }
    ctx.remark(&say!("stats-identity-broken", units = broken.join("; ")));
    Ok(Outcome::LookAtIt)
}

/// Everything a form counts, up to the end of a period: frozen months as they were frozen, the others from the rows.
/// With it, the frozen months and their editions.
fn counted(db: &mut crate::db::Db, sheet: &Sheet, period: &Period, today: Date, live: bool, by_month: bool) -> Result<Counted, DbError> {
    let since = sheet.reaches().map(|reach| reach.since);
    let from = since
        .map(|since| match since {
            Since::Period => period.from,
            Since::Year => period.from.first_of_year(),
            Since::Ever => jiff::civil::date(1, 1, 1),
        })
        .min()
        .unwrap_or(period.from);
    // The charts by month show the year.
    let from = if sheet.chart.is_empty() { from } else { from.min(period.from.first_of_year()) };
    let facts: Vec<&str> = FACTS
        .iter()
        .map(|(fact, _)| *fact)
        .filter(|fact| sheet.rows.iter().flat_map(|row| row.count.iter().flatten()).any(|(named, _)| named == fact))
        .collect();
    // A table needs the period apart from the year; only charts need every month.
    let mut cuts = vec![period.from, period.from.first_of_year()];
    if by_month {
        cuts.extend((1..=12).filter_map(|month| Date::new(period.from.year(), month, 1).ok()));
    }
    cube(db, &facts, Window { from, to: period.to }, &cuts, today, live)
}

/// What was counted, with the frozen months and their editions; or the edition that was changed after it was frozen.
pub(super) type Counted = Result<(Cube, Vec<(String, i64)>), (String, i64)>;

/// Counts facts in a stretch of time, frozen months as they were frozen.
pub(super) fn cube(
    db: &mut crate::db::Db,
    named: &[&str],
    window: Window,
    cuts: &[Date],
    today: Date,
    live: bool,
) -> Result<Counted, DbError> {
    let mut cube = Cube::default();
    let mut frozen = Vec::new();
    let mut open = vec![window];
    if !live {
        for (name, edition, sha256, figures) in facts::frozen_months(db, window.from, window.to)? {
            let sealed = serde_json::from_str(&figures).ok().filter(|_| stats::intact(&figures, &sha256));
            let month = Period::read(&name).map(|month| Window { from: month.from, to: month.to });
            let (Some(month), Some(sealed)) = (month, sealed) else { return Ok(Err((name, edition))) };
            if !cube.unseal(month, &sealed) {
                return Ok(Err((name, edition)));
            }
            frozen.push((name, edition));
            // What is left to count: before the month, and after it.
            let Some(last) = open.pop() else { continue };
            let before = month.from.yesterday().ok().map(|to| Window { from: last.from, to });
            let after = month.to.tomorrow().ok().map(|from| Window { from, to: last.to });
            open.extend([before, after].into_iter().flatten().filter(|window| window.from <= window.to));
        }
    }
    for window in open {
        for row in facts::count(db, named, (window.from, window.to), cuts, today)? {
            cube.add(row.fact, row.unit, row.day, &row.class, Amount::whole(row.n));
        }
    }
    for noted in facts::noted(db, None, window.from, window.to)? {
        let window = Window { from: noted.from, to: noted.to };
        let month =
            frozen.iter().any(|(month, _)| Period::read(month).is_some_and(|month| (month.from, month.to) == (noted.from, noted.to)));
        // A quarter's note was sealed with its last month, if it was there by then.
        let sealed = month || cube.is_noted(&noted.form, &noted.row, noted.unit, window);
        if !sealed && let Some(value) = Amount::read(&noted.value) {
            cube.note(&noted.form, &noted.row, noted.unit, window, value);
        }
    }
    Ok(Ok((cube, frozen)))
}

/// The units that are counted: all, one with what hangs below it, or one alone.
fn within<'a>(units: &'a [Unit], code: Option<&str>, alone: bool) -> Result<Vec<&'a Unit>> {
    let Some(code) = code else { return Ok(units.iter().collect()) };
    let top = units.iter().find(|unit| unit.code == code).ok_or_else(|| super::year::no_unit(code))?;
    let mut below = vec![top];
    let mut at = 0;
    while !alone && at < below.len() {
        let above = below[at].id;
        below.extend(units.iter().filter(|unit| unit.parent_id == Some(above)));
        at += 1;
    }
    below.sort_by_key(|unit| (unit.level, unit.sort_no, unit.code.clone()));
    Ok(below)
}

fn keyed(units: &[&Unit]) -> Vec<(i64, String)> {
    units.iter().map(|unit| (unit.id, unit.kind.clone())).collect()
}

fn fill(sheet: &Sheet, cube: &Cube, period: &Period, units: &[&Unit], args: &Args) -> Vec<Filled> {
    let mut filled = Vec::new();
    if sheet.by_unit || args.by_unit {
        let active = cube.units();
        for unit in units.iter().filter(|unit| active.contains(&unit.id)) {
            let figures = sheet.fill(cube, period, &keyed(&[unit]));
            let something = |figure: &Figure| figure.number().is_some_and(|n| n != Amount::default());
            if figures.iter().flatten().any(something) {
                filled.push(Filled { code: unit.code.clone(), name: unit.short_name.clone(), figures });
            }
        }
    }
    filled.push(Filled { code: "*".to_owned(), name: "合计".to_owned(), figures: sheet.fill(cube, period, &keyed(units)) });
    filled
}

/// Keys of columns that count some kinds of units only; their titles are the form's.
const VALUES: [&str; 6] = ["value_1", "value_2", "value_3", "value_4", "value_5", "value_6"];

fn column(at: usize, reach: &Reach, title: &str) -> Column {
    match (reach.kinds.is_empty(), reach.since) {
        (true, Since::Period) => right("period_actual"),
        (true, Since::Year) => right("year_to_date"),
        (true, Since::Ever) => right("all_time"),
        (false, _) => Column::right(VALUES[at.min(VALUES.len() - 1)], title),
    }
}

fn cell(figure: Figure) -> Cell {
    super::official::cell(figure)
}

/// Codes are numbers where all of them are.
fn code_cell(sheet: &Sheet, code: &str) -> Cell {
    let plain = |code: &str| !code.starts_with('0') && code.bytes().all(|b| b.is_ascii_digit());
    if sheet.rows.iter().all(|row| plain(&row.code)) { code.parse().map_or_else(|_| code.into(), Cell::Int) } else { code.into() }
}

/// One line per unit and row: for programs, and the base of `explain`.
fn flat(schema: &'static str, sheet: &Sheet, filled: &[Filled]) -> Report {
    let measured = sheet.rows.iter().any(|row| !row.unit.is_empty());
    let mut columns = vec![left("unit"), left("unit_name"), right("indicator_no"), left("indicator")];
    if measured {
        columns.push(left("measure"));
    }
    let values = sheet.columns.iter().filter_map(|(slot, title)| match slot {
        Slot::Value(reach) => Some((reach, title)),
        _ => None,
    });
    columns.extend(values.enumerate().map(|(at, (reach, title))| column(at, reach, title)));
    let mut report = report(schema, columns);
    for block in filled {
        for (row, figures) in sheet.rows.iter().zip(&block.figures) {
            let mut line =
                vec![block.code.clone().into(), block.name.clone().into(), code_cell(sheet, &row.code), row.label.clone().into()];
            if measured {
                line.push(row.unit.clone().into());
            }
            line.extend(figures.iter().map(|figure| cell(*figure)));
            report.push(line);
        }
    }
    report
}

/// The table as it is handed in, unit by unit where it is so filled.
fn document(title: &str, sheet: &Sheet, filled: &[Filled], notes: &[String], charts: Vec<Chart>) -> Document {
    let by_unit = filled.len() > 1;
    let lead = if by_unit { 2 } else { 0 };
    let width = |slot: &Slot, title: &str| match slot {
        Slot::Label => 16.max(sheet.rows.iter().map(|row| row.label.chars().count().min(30)).max().unwrap_or(0)),
        Slot::Measure | Slot::Code => 6,
        Slot::Value(_) => 10.max(title.chars().count()),
    };
    let widths = sheet.columns.iter().map(|(slot, title)| u16::try_from(width(slot, title)).unwrap_or(30));
    let mut grid = Grid { name: title.to_owned(), widths: vec![10, 16][..lead].iter().copied().chain(widths).collect(), ..Grid::default() };
    for (at, title) in ["单位编码", "单位"][..lead].iter().copied().chain(sheet.columns.iter().map(|(_, title)| title.as_str())).enumerate()
    {
        grid.label((0, at), (1, 1), title, false);
        grid.plain_header.push(title.to_owned());
    }
    for (n, block) in filled.iter().enumerate() {
        let first = 1 + n * sheet.rows.len();
        if by_unit {
            // A unit stands once beside its indicators.
            grid.label((first, 0), (sheet.rows.len(), 1), &block.code, false);
            grid.label((first, 1), (sheet.rows.len(), 1), &block.name, false);
        }
        for (no, (row, figures)) in sheet.rows.iter().zip(&block.figures).enumerate() {
            let mut plain: Vec<Cell> = [&block.code, &block.name][..lead].iter().map(|text| Cell::from(text.as_str())).collect();
            let mut figures = figures.iter();
            for (at, (slot, _)) in sheet.columns.iter().enumerate() {
                let place = (first + no, lead + at);
                let content = match slot {
                    Slot::Label => row.label.as_str().into(),
                    Slot::Measure => row.unit.as_str().into(),
                    Slot::Code => code_cell(sheet, &row.code),
                    Slot::Value(_) => figures.next().map_or(Cell::Empty, |figure| cell(*figure)),
                };
                match slot {
                    Slot::Value(_) => grid.figure(place, 1, content.clone()),
                    Slot::Code => grid.label(place, (1, 1), &row.code, false),
                    Slot::Label => grid.label(place, (1, 1), &row.label, true),
                    Slot::Measure => grid.label(place, (1, 1), &row.unit, false),
                }
                plain.push(content);
            }
            grid.plain_rows.push(plain);
        }
    }
    let mut blocks = vec![Block::Table(grid)];
    blocks.extend(notes.iter().cloned().map(Block::Text));
    blocks.extend(charts.into_iter().map(Block::Chart));
    Document { title: title.to_owned(), blocks }
}

/// One chart by month of the year and one by unit, of the rows the form names.
fn charts(sheet: &Sheet, cube: &Cube, period: &Period, units: &[&Unit], filled: &[Filled]) -> Vec<Chart> {
    let rows: Vec<(usize, &str)> = sheet
        .rows
        .iter()
        .enumerate()
        .filter(|(_, row)| sheet.chart.contains(&row.code))
        .map(|(at, row)| (at, row.label.trim_start_matches("其中：").trim_end_matches("（件）")))
        .collect();
    if rows.is_empty() {
        return Vec::new();
    }
    let names = rows.iter().map(|(_, name)| *name).collect::<Vec<_>>().join("与");
    let value = |figures: &[Vec<Figure>], row: usize| figures[row].first().and_then(|figure| figure.number()?.as_whole()).unwrap_or(0);
    let months: BTreeMap<i8, Vec<Vec<Figure>>> = (1..=12)
        .filter_map(|month| {
            let month = Period::read(&format!("{:04}-{month:02}", period.from.year()))?;
            Some((month.from.month(), sheet.fill(cube, &month, &keyed(units))))
        })
        .collect();
    let mut charts = vec![Chart {
        title: format!("{}年各月{names}", period.from.year()),
        categories: months.keys().map(|month| format!("{month}月")).collect(),
        series: rows
            .iter()
            .map(|(row, name)| ((*name).to_owned(), months.values().map(|figures| value(figures, *row)).collect()))
            .collect(),
    }];
    let blocks: Vec<&Filled> = filled.iter().filter(|block| block.code != "*").collect();
    if !blocks.is_empty() {
        charts.push(Chart {
            title: format!("本期各单位{names}"),
            categories: blocks.iter().map(|block| block.name.clone()).collect(),
            series: rows
                .iter()
                .map(|(row, name)| ((*name).to_owned(), blocks.iter().map(|block| value(&block.figures, *row)).collect()))
                .collect(),
        });
    }
    charts
}
