use std::collections::HashMap;

use anyhow::Result;

use crate::catalogue::{LayoutColumn, LayoutSource, layout, name_key, own_code_kind, type_title};
use crate::cli::columns::report;
use crate::context::{Context, Outcome};
use crate::db::licenses::{self, Item, ItemFilter, Version};
use crate::view::{Cell, Column};

/// Export the catalogue in a layout people hand in
///
/// The state-council layout has no codes, the platform layout has them all. Imported again,
/// either changes nothing. CSV has the keys for titles; with --excel, and in xlsx, the titles
/// are the official ones.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Columns: state-council or platform
    #[arg(long, value_parser = ["state-council", "platform"], default_value = "platform")]
    layout: String,
    /// Only items of this organ
    #[arg(long, value_name = "NAME")]
    organ: Option<String>,
    /// Only items of this type (事项类型): 01 is a licence
    #[arg(long = "type", value_name = "CODE")]
    kind: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let today = ctx.clock.today();
    let columns = layout(&args.layout).unwrap_or_default();
    let filter = ItemFilter { organ: args.organ.as_deref().map(name_key), kind: args.kind.clone(), ..ItemFilter::default() };
    let items = licenses::list(ctx.db()?, &filter, today.into())?;
    let names: Names = items.iter().map(|(item, _, version)| (item.id, (version.name.as_str(), item.parent_id))).collect();
    // The titles are Chinese whatever the operator's language: this is what is handed in.
    let mut report = report("license.export", columns.iter().map(|column| Column::left(column.key, column.title)).collect());
    // A main item without words of its own stands in the rows below it.
    let heads: std::collections::HashSet<i64> = items.iter().filter_map(|(item, ..)| item.parent_id).collect();
    let bare = |item: &Item, version: &Version| {
        let said = super::described(version).into_iter().any(|(field, value)| !["name", "organs_text"].contains(&field) && value.is_some());
        heads.contains(&item.id) && !said && item.code.is_none()
    };
    let rows = items.iter().filter(|(item, _, version)| !bare(item, version));
    for (number, (item, organ, version)) in rows.enumerate() {
        report.push(columns.iter().map(|column| cell(column, number + 1, item, organ.as_deref(), version, &names)).collect());
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}

/// Names and parents by id.
type Names<'a> = HashMap<i64, (&'a str, Option<i64>)>;

fn cell(column: &LayoutColumn, number: usize, item: &Item, organ: Option<&str>, version: &Version, names: &Names<'_>) -> Cell {
    let above = item.parent_id.and_then(|id| names.get(&id).copied());
    // Above a 业务办理项 there may be a sub-item, and the main item above that.
    let top = above.and_then(|(_, parent)| names.get(&parent?).copied());
    match column.from {
        LayoutSource::Number => number.into(),
        LayoutSource::MainName => top.or(above).map_or(version.name.as_str(), |(name, _)| name).into(),
        LayoutSource::SubName => match item.level.as_str() {
            "sub" => above.map(|_| version.name.clone()).into(),
            _ => top.and(above).map(|(name, _)| name).into(),
        },
        LayoutSource::HandlingName => above.filter(|_| item.level == "handling").map(|_| version.name.clone()).into(),
        // A blank would take the value of the row above when it is read again.
        LayoutSource::Organ => version.organs_text.as_deref().or(organ).unwrap_or("无").into(),
        LayoutSource::LeadDept => item.lead_dept.as_deref().unwrap_or("无").into(),
        LayoutSource::Type => type_title(&item.type_code).into(),
        LayoutSource::Column(name) => {
            super::described(version).into_iter().find(|(known, _)| *known == name).and_then(|(_, value)| value).into()
        }
        LayoutSource::Code(kind) => {
            let kept = |key: &str| version.details.0.get(key).and_then(|value| value.as_str());
            let own = item.code.as_deref().filter(|code| own_code_kind(code, |key| kept(key).is_some()) == kind);
            own.or_else(|| kept(kind)).into()
        }
        LayoutSource::Detail(key) => version.details.0.get(key).and_then(|value| value.as_str()).into(),
    }
}
