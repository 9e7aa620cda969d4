use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::disclosure::annual::{Annual, Broken, Severity};
use crate::disclosure::published::{Known, NoReport};
use crate::disclosure::{filling, prose, published};
use crate::failure::{Exit, Failure};
use crate::intake::pages;
use crate::say;
use crate::view::{Cell, Column};

/// Check published annual reports: every identity, every cell, named
///
/// Reads the json of `stats year`, csv, xlsx, docx and html as they were published: labels
/// through misprints, blanks as blanks, rows of 2019 in a table of 2021. A1 to A3 and B1 hold
/// within a report, C1 and C2 between two years of one body, D1 and D2 in the text; E1 to
/// E5 are doubts about cells. Exit 3 when an identity is broken.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Reports, or folders of them
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Year of the report, when its text does not say it
    #[arg(long)]
    year: Option<i16>,
    /// Body the reports are of, when their text does not name it
    #[arg(long, value_name = "NAME")]
    organ: Option<String>,
    /// Show who handed in what year instead of the findings
    #[arg(long)]
    overview: bool,
    /// Leave warnings out
    #[arg(long)]
    errors_only: bool,
}

/// A report that was read.
struct Checked {
    file: String,
    annual: Annual,
    found: Vec<Broken>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let mut checked = Vec::new();
    let mut unread = Vec::new();
    let mut missing = false;
    for path in listed(&args.files)? {
        let file = path.display().to_string();
        missing |= !path.exists();
        match one(&path, args.year, args.organ.as_deref()) {
            Ok(Ok((annual, found))) => checked.push(Checked { file, annual, found }),
            Ok(Err(NoReport::Tables)) => unread.push((file, say!("check-no-tables"))),
            Ok(Err(NoReport::Form(year))) => unread.push((file, say!("check-no-form", year = year.to_string()))),
            Ok(Err(NoReport::Year)) => unread.push((file, say!("check-no-year"))),
            Err(error) => unread.push((file, Failure::of(crate::cli::faults::explain(error)).message)),
        }
    }
    if checked.is_empty()
        && let Some((file, why)) = unread.first()
    {
        let exit = if missing { Exit::NotFound } else { Exit::Conflict };
        return Err(Failure::new("check.unread", exit, say!("check-unread", file = file.clone(), why = why.clone()))
            .hint(say!("check-unread-hint"))
            .into());
    }
    if checked.is_empty() {
        return Err(Failure::new("check.nothing", Exit::NotFound, say!("check-nothing")).hint(say!("check-nothing-hint")).into());
    }
    if across_years(&mut checked) {
        ctx.remark(&say!("check-nobody-named"));
    }
    for (file, why) in &unread {
        ctx.remark(&say!("check-unread", file = file.clone(), why = why.clone()));
    }
    if args.overview {
        return overview(ctx, &checked);
    }
    let mut report = report(
        "stats.check",
        vec![
            left("file"),
            left("rule"),
            left("severity"),
            left("table"),
            left("row"),
            left("column"),
            Column::left("left", say!("check-left")),
            left("right"),
            left("difference"),
        ],
    );
    let (mut errors, mut warnings) = (0_u64, 0_u64);
    for checked in &checked {
        for found in &checked.found {
            match found.severity {
                Severity::Error => errors += 1,
                Severity::Warning => warnings += 1,
            }
            if args.errors_only && found.severity == Severity::Warning {
                continue;
            }
            let text = |text: &str| Cell::from(Some(text.to_owned()).filter(|text| !text.is_empty()));
            report.push(vec![
                checked.file.clone().into(),
                found.rule.into(),
                found.severity.word().into(),
                text(&found.table),
                text(&found.row),
                text(&found.column),
                text(&found.left),
                text(&found.right),
                found.difference().map(|n| n.to_string()).into(),
            ]);
        }
    }
    let files = checked.len();
    report = report
        .with_summary("files", files)
        .with_summary("unread", unread.len())
        .with_summary("errors", errors)
        .with_summary("warnings", warnings);
    ctx.show(report)?;
    ctx.remark(&say!("check-total", files = files.to_string(), errors = errors.to_string(), warnings = warnings.to_string()));
    Ok(if errors > 0 || !unread.is_empty() { Outcome::LookAtIt } else { Outcome::Done })
}

/// The files named, and those of the folders named, in order.
fn listed(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let mut inside: Vec<PathBuf> = std::fs::read_dir(path)?.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
            inside.retain(|path| {
                let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
                ["json", "csv", "xlsx", "docx", "html", "htm"].contains(&ending.as_str())
            });
            inside.sort();
            files.extend(inside);
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

fn one(path: &Path, year: Option<i16>, organ: Option<&str>) -> Result<Result<(Annual, Vec<Broken>), NoReport>> {
    if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json")) {
        let text = std::fs::read_to_string(path).map_err(|error| crate::failure::of_file(path, &error))?;
        let document: serde_json::Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))?;
        let no_year = document.get("schema").is_some() && document.get("year").and_then(serde_json::Value::as_i64).is_none();
        let read = filling::read_doubting(&document).ok_or(if no_year { NoReport::Year } else { NoReport::Tables });
        return Ok(read.map(|(annual, doubts)| {
            let mut found = annual.check();
            found.extend(doubts);
            (annual, found)
        }));
    }
    let read = pages(path).map_err(|error| crate::cli::faults::of_intake(path, &error))?;
    let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
    let in_name: Vec<i16> =
        name.split(|c: char| !c.is_ascii_digit()).filter(|part| part.len() == 4).filter_map(|part| part.parse().ok()).collect();
    let year_in_name = in_name.into_iter().find(|year| (2008..2100).contains(year));
    let found = match published::read(&read.tables, &read.text, Known { year, year_in_name, org: organ }) {
        Ok(found) => found,
        Err(why) => return Ok(Err(why)),
    };
    let mut all = found.annual.check();
    all.extend(prose::prose(&found.annual, &read.text));
    all.extend(found.doubts);
    Ok(Ok((found.annual, all)))
}

/// C1 and C2 wherever two years that follow each other are there of one body. Tells whether reports of two such years
/// went unchecked because they name nobody.
fn across_years(checked: &mut [Checked]) -> bool {
    let known: Vec<Annual> = checked.iter().map(|checked| checked.annual.clone()).collect();
    for checked in checked {
        // Two reports that name nobody are not known to be of one body.
        let same = |other: &&Annual| other.year + 1 == checked.annual.year && other.org == checked.annual.org && !other.org.is_empty();
        let before = known.iter().find(same);
        if let Some(before) = before {
            checked.found.extend(checked.annual.check_against(before));
        }
    }
    let nameless: Vec<i16> = known.iter().filter(|annual| annual.org.is_empty()).map(|annual| annual.year).collect();
    nameless.iter().any(|year| nameless.contains(&(year + 1)))
}

/// Who has handed in, by body and year.
fn overview(ctx: &mut Context, checked: &[Checked]) -> Result<Outcome> {
    let handed_in: BTreeSet<i16> = checked.iter().map(|checked| checked.annual.year).collect();
    // A year nobody handed in stands between the others all the same.
    let years: Vec<i16> = handed_in.first().zip(handed_in.last()).map(|(first, last)| (*first..=*last).collect()).unwrap_or_default();
    let mut bodies: BTreeMap<&str, BTreeMap<i16, u64>> = BTreeMap::new();
    for checked in checked {
        let errors = checked.found.iter().filter(|found| found.severity == Severity::Error).count();
        *bodies.entry(&checked.annual.org).or_default().entry(checked.annual.year).or_default() += u64::try_from(errors).unwrap_or(0);
    }
    let mut report = report("stats.check", vec![left("organ"), left("year"), left("handed_in"), left("errors")]);
    let mut missing = false;
    for (body, found) in &bodies {
        for year in &years {
            let errors = found.get(year).copied();
            missing |= errors.is_none();
            report.push(vec![(*body).into(), year.to_string().into(), errors.is_some().into(), errors.into()]);
        }
    }
    ctx.show(report)?;
    Ok(if missing { Outcome::LookAtIt } else { Outcome::Done })
}
