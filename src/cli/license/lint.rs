use std::collections::HashSet;
use std::path::PathBuf;

use anyhow::Result;

use crate::catalogue::{LICENSE_FIELDS, Limit, LimitUnit, LintItem, field_number, lint, lint_rules, name_key, read_item, text_columns};
use crate::cli::columns::{left, report, right};
use crate::cli::faults;
use crate::context::{Context, Outcome};
use crate::db::licenses::{self, ItemFilter};
use crate::failure::{Exit, Failure};
use crate::intake::{self, Line, Options};
use crate::say;
use crate::view::Report;

/// Check a list, or the catalogue, against 22 rules of good lists
///
/// Ends with 3 when a finding is at least as severe as --fail-on. `--rules` lists the rules.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// List to check; the catalogue if not given
    file: Option<PathBuf>,
    /// Least severity that makes the exit code 3
    #[arg(long, value_parser = ["error", "warn", "info"], default_value = "error", value_name = "SEVERITY")]
    fail_on: String,
    /// Only this rule
    #[arg(long, value_name = "ID")]
    rule: Option<String>,
    /// List the rules
    #[arg(long)]
    rules: bool,
    /// Sheet of a workbook: name or number
    #[arg(long, value_name = "SHEET")]
    sheet: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let rules = lint_rules();
    if args.rules {
        let mut report = report("license.lint", vec![left("rule"), left("severity"), left("title_zh"), left("title_en")]);
        for rule in rules {
            report.push(vec![rule.id.into(), rule.severity.into(), rule.zh.into(), rule.en.into()]);
        }
        ctx.show(report)?;
        return Ok(Outcome::Done);
    }
    if let Some(unknown) = args.rule.as_ref().filter(|only| !rules.iter().any(|rule| rule.id == **only)) {
        let known = rules.iter().map(|rule| rule.id.as_str()).collect::<Vec<_>>().join(", ");
        return Err(Failure::new("usage.rule", Exit::Usage, say!("usage-lint-rule", rule = unknown.clone()))
            .hint(say!("usage-lint-rule-hint", known = known))
            .into());
    }
    let (items, unread) = match &args.file {
        Some(file) => of_file(ctx, file, args.sheet.as_deref())?,
        None => (of_catalogue(ctx)?, Vec::new()),
    };
    if !unread.is_empty() {
        // An empty result must not read as success.
        let lines = unread.iter().take(10).map(u64::to_string).collect::<Vec<_>>().join(" ");
        ctx.remark(&say!("lint-unread", count = unread.len().to_string(), lines = lines));
    }
    // A file is checked against the catalogue where there is one.
    let named = ctx.url().is_ok();
    let codes: HashSet<String> = match (&args.file, named) {
        (Some(_), true) => licenses::codes(ctx.db()?)?.into_iter().collect(),
        _ => HashSet::new(),
    };
    let mut report: Report =
        report("license.lint", vec![left("rule"), left("severity"), right("line"), left("key"), left("field"), left("detail")]);
    report.key = 3;
    let weight = |severity: &str| ["info", "warn", "error"].iter().position(|known| *known == severity).unwrap_or(0);
    let mut worst = None;
    let mut counts = [0_u64; 3];
    for finding in lint(&items, |code| codes.contains(code)) {
        if args.rule.as_deref().is_some_and(|only| only != finding.rule) {
            continue;
        }
        let severity = rules.iter().find(|rule| rule.id == finding.rule).map_or("warn", |rule| rule.severity.as_str());
        counts[weight(severity)] += 1;
        worst = worst.max(Some(weight(severity)));
        let item = &items[finding.item];
        let key = item.code.clone().unwrap_or_else(|| item.name.clone());
        report.push(vec![finding.rule.into(), severity.into(), item.line.into(), key.into(), finding.field.into(), finding.detail.into()]);
    }
    let report = report
        .with_summary("items", items.len())
        .with_summary("unread", unread.len())
        .with_summary("error", counts[2])
        .with_summary("warn", counts[1])
        .with_summary("info", counts[0]);
    ctx.show(report)?;
    Ok(if worst >= Some(weight(&args.fail_on)) || !unread.is_empty() { Outcome::LookAtIt } else { Outcome::Done })
}

fn of_file(ctx: &Context, file: &std::path::Path, sheet: Option<&str>) -> Result<(Vec<LintItem>, Vec<u64>)> {
    let options = Options { sheet: sheet.map(str::to_owned), ..Options::default() };
    let (opened, rows) = intake::open(file, LICENSE_FIELDS, &options).map_err(|error| faults::of_intake(file, &error))?;
    ctx.remark(&say!(
        "import-read-as",
        file = file.display().to_string(),
        encoding = opened.encoding,
        line = opened.header_line.to_string()
    ));
    let type_stated = field_number("type").is_some_and(|number| rows.has(number));
    let (mut items, mut unread) = (Vec::new(), Vec::new());
    for line in rows {
        // What cannot be read at all is the import's to refuse; here it is counted.
        let row = match line {
            Ok(Line::Row(row)) => row,
            Ok(Line::Skipped { .. }) => continue,
            Err(fault) => {
                unread.push(fault.line);
                continue;
            }
        };
        let Ok((item, _)) = read_item(&row) else {
            unread.push(row.line);
            continue;
        };
        let mut fields: std::collections::HashMap<String, String> =
            item.details.iter().map(|(key, text)| ((*key).to_owned(), text.clone())).collect();
        for (column, text) in text_columns().zip(&item.texts) {
            if let Some(text) = text {
                fields.insert(column.to_owned(), text.clone());
            }
        }
        for kind in ["impl_code", "base_code"] {
            if let Some(text) = row.get(kind).filter(|text| !text.is_empty()) {
                fields.entry(kind.to_owned()).or_insert_with(|| text.to_owned());
            }
        }
        items.push(LintItem {
            line: Some(item.line),
            name: item.name.clone().unwrap_or_default(),
            name_key: item.name_key.clone(),
            organ: item.organ_key.clone().unwrap_or_default(),
            type_code: item.type_code.to_owned(),
            type_stated,
            code: item.code.clone(),
            nested: matches!(item.above, crate::catalogue::Above::Named(_)),
            fingerprint: item.fingerprint(""),
            legal: item.legal.clone(),
            promise: item.promise.clone(),
            fields,
            seq: item.seq.clone(),
        });
    }
    Ok((items, unread))
}

fn of_catalogue(ctx: &mut Context) -> Result<Vec<LintItem>> {
    let today = ctx.clock.today();
    let filter = ItemFilter { status: Some("active".to_owned()), ..ItemFilter::default() };
    let items = licenses::list(ctx.db()?, &filter, today.into())?;
    Ok(items
        .into_iter()
        .map(|(item, organ, version)| {
            let mut fields: std::collections::HashMap<String, String> = super::described(&version)
                .into_iter()
                .filter_map(|(key, value)| Some((key.to_owned(), value?)))
                .chain(
                    version
                        .details
                        .0
                        .as_object()
                        .into_iter()
                        .flatten()
                        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))),
                )
                .collect();
            if let Some(code) = &item.code {
                let kind = crate::catalogue::own_code_kind(code, |key| fields.contains_key(key));
                fields.insert(kind.to_owned(), code.clone());
            }
            LintItem {
                line: None,
                name: version.name.clone(),
                name_key: item.name_key,
                organ: organ.as_deref().map(name_key).unwrap_or_default(),
                type_code: item.type_code,
                type_stated: true,
                code: item.code,
                nested: item.parent_id.is_some(),
                legal: limit(version.legal_n, version.legal_unit, version.legal_text),
                promise: limit(version.promise_n, version.promise_unit, version.promise_text),
                fields,
                seq: None,
                fingerprint: version.fingerprint,
            }
        })
        .collect())
}

fn limit(n: Option<i64>, unit: Option<String>, text: Option<String>) -> Option<Limit> {
    let unit = LimitUnit::from_word(&unit?)?;
    Some(Limit { n, unit, text: text.unwrap_or_default(), doubtful: false })
}
