use anyhow::Result;

use crate::calendar::Period;
use crate::cli::columns::{left, report, right};
use crate::context::{Context, Outcome};
use crate::db::stats::{self, Indicator, UnitFigures};
use crate::disclosure::{Block, Figures, monthly};
use crate::failure::{Exit, Failure};
use crate::say;
use crate::view::{Block as Part, Cell, Chart, Document, Format, Grid};

/// Monthly statistics of disclosure, per unit: this month and the year so far
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Month, such as 2026-10
    month: String,
}

/// Picks one indicator out of the figures.
type Figure = fn(&Figures) -> i64;

/// The indicators of the form, in its order; official reports are Chinese whatever the operator's language.
pub(super) const INDICATORS: [(&str, Figure, Indicator); 8] = [
    ("制发信息（件）", |figures| figures.issued, Indicator::Made),
    ("其中：主动公开（件）", |figures| figures.open, Indicator::Active),
    ("依申请公开（件）", |figures| figures.on_request, Indicator::OnRequest),
    ("不予公开（件）", |figures| figures.withheld, Indicator::Withheld),
    ("未定公开属性（件）", |figures| figures.unassigned, Indicator::Unassigned),
    ("收到公开申请（件）", |figures| figures.received, Indicator::Received),
    ("已答复申请（件）", |figures| figures.answered, Indicator::Answered),
    ("逾期未答复（件）", |figures| figures.overdue, Indicator::Overdue),
];

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let month = Period::read(&args.month).filter(|period| period.name.len() == 7 && period.name.as_bytes()[5].is_ascii_digit());
    let month = month.ok_or_else(|| {
        Failure::new("usage.month", Exit::Usage, say!("usage-month", value = args.month.clone())).hint(say!("usage-month-hint"))
    })?;
    let title = format!("政府信息公开情况统计月报（{}年{}月）", month.from.year(), month.from.month());
    filled(ctx, "stats.month", &month, &title)
}

/// Fills the form for a month, a quarter or a half-year: 本期实际 and 本年累计, unit by unit.
pub(super) fn filled(ctx: &mut Context, schema: &'static str, month: &Period, title: &str) -> Result<Outcome> {
    let today = ctx.clock.today();
    let year = month.year_to_date();
    let (period, year) = ctx.db()?.one_picture(|db| {
        Ok::<_, crate::db::DbError>((stats::by_unit(db, month.from, month.to, today)?, stats::by_unit(db, year.from, year.to, today)?))
    })?;
    let months = stats::by_month(ctx.db()?, month.from.year())?;
    let form = monthly(period.into_iter().map(figures).collect(), year.into_iter().map(figures).collect());

    let mut report = report(
        schema,
        vec![left("unit"), left("unit_name"), right("indicator_no"), left("indicator"), right("period_actual"), right("year_to_date")],
    )
    .with_title(title)
    .with_summary("period", month.name.as_str())
    .with_summary("units", form.blocks.len().saturating_sub(1))
    .with_note("勾稽关系：制发信息 = 主动公开 + 依申请公开 + 不予公开 + 未定公开属性。")
    .with_note(format!("统计口径：制发信息按形成日期计；同一信息多渠道发布只计一次；逾期按 {today} 判断。"));
    report.key = 0;
    for block in &form.blocks {
        add(&mut report, block);
    }
    if month.to >= today {
        report.warn("period-not-over", say!("stats-period-not-over", last = month.to.to_string()));
    }
    if matches!(ctx.format(), Format::Xlsx | Format::Docx | Format::Html) {
        report.document = Some(document(title, &report, &form.blocks, month, &months));
    }
    let warnings: Vec<_> = report.warnings.iter().map(|warning| warning.message.clone()).collect();
    ctx.show(report)?;
    for warning in warnings {
        ctx.remark(&warning);
    }
    if form.broken.is_empty() {
        return Ok(Outcome::Done);
    }
    ctx.remark(&say!("stats-identity-broken", units = form.broken.join(", ")));
    Ok(Outcome::LookAtIt)
}

/// The table unit by unit as it is handed in, with a chart by month and one by unit.
fn document(title: &str, report: &crate::view::Report, blocks: &[Block], month: &Period, months: &[[i64; 2]; 12]) -> Document {
    let mut grid = Grid { name: title.to_owned(), widths: vec![10, 16, 6, 16, 10, 10], ..Grid::default() };
    for (at, column) in report.columns.iter().enumerate() {
        grid.label((0, at), (1, 1), OFFICIAL[at].unwrap_or(&column.title), false);
    }
    for (n, block) in blocks.iter().enumerate() {
        let (code, name) = block.unit.clone().unwrap_or_else(|| ("*".to_owned(), "合计".to_owned()));
        let first = 1 + n * INDICATORS.len();
        // A unit stands once beside its indicators.
        grid.label((first, 0), (INDICATORS.len(), 1), &code, false);
        grid.label((first, 1), (INDICATORS.len(), 1), &name, false);
        for (no, (label, figure, _)) in INDICATORS.iter().enumerate() {
            grid.label((first + no, 2), (1, 1), &(no + 1).to_string(), false);
            grid.label((first + no, 3), (1, 1), label, true);
            grid.figure((first + no, 4), 1, Cell::Int(figure(&block.period)));
            grid.figure((first + no, 5), 1, Cell::Int(figure(&block.year)));
        }
    }
    let series = |names: [&str; 2], values: [Vec<i64>; 2]| names.iter().map(|name| (*name).to_owned()).zip(values).collect();
    let units: Vec<&Block> = blocks.iter().filter(|block| block.unit.is_some()).collect();
    let by_month = Chart {
        title: format!("{}年各月制发与主动公开（件）", month.from.year()),
        categories: (1..=12).map(|n| format!("{n}月")).collect(),
        series: series(["制发", "主动公开"], [0, 1].map(|at| months.iter().map(|month| month[at]).collect())),
    };
    let by_unit = Chart {
        title: "本期各单位制发与主动公开（件）".to_owned(),
        categories: units.iter().filter_map(|block| block.unit.as_ref().map(|(_, name)| name.clone())).collect(),
        series: series(
            ["制发", "主动公开"],
            [units.iter().map(|block| block.period.issued).collect(), units.iter().map(|block| block.period.open).collect()],
        ),
    };
    let mut blocks = vec![Part::Table(grid)];
    blocks.extend(report.notes.iter().cloned().map(Part::Text));
    blocks.extend([Part::Chart(by_month), Part::Chart(by_unit)]);
    Document { title: title.to_owned(), blocks }
}

/// The titles of the form, Chinese whatever the operator's language.
const OFFICIAL: [Option<&str>; 6] = [Some("单位编码"), Some("单位"), Some("序号"), Some("指标名称"), Some("本期实际"), Some("本年累计")];

fn add(report: &mut crate::view::Report, block: &Block) {
    let (code, name) = block.unit.clone().unwrap_or_else(|| ("*".to_owned(), "合计".to_owned()));
    for (no, (label, figure, _)) in INDICATORS.iter().enumerate() {
        report.push(vec![
            code.clone().into(),
            name.clone().into(),
            Cell::Int(no as i64 + 1),
            (*label).into(),
            Cell::Int(figure(&block.period)),
            Cell::Int(figure(&block.year)),
        ]);
    }
}

fn figures(row: UnitFigures) -> (String, String, Figures) {
    let figures = Figures {
        issued: row.issued,
        open: row.open,
        on_request: row.on_request,
        withheld: row.withheld,
        unassigned: row.unassigned,
        received: row.received,
        answered: row.answered,
        overdue: row.overdue,
    };
    (row.unit, row.short_name, figures)
}
