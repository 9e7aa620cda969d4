use anyhow::Result;

use super::chosen::chosen;
use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::db::licenses;

/// Show one licence item as it stands today, or on the --as-of day
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Code, name or id
    item: String,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let today = ctx.clock.today();
    let db = ctx.db()?;
    let (item, organ) = chosen(db, &args.item)?;
    let versions = licenses::versions(db, item.id)?;
    let mut report = report("license.show", vec![left("field"), left("value")]);
    let mut line = |field: &str, value: Option<String>| report.push(vec![field.into(), value.into()]);
    line("id", Some(item.id.to_string()));
    line("scheme", Some(item.scheme));
    line("code", item.code);
    line("level", Some(item.level));
    line("parent_id", item.parent_id.map(|id| id.to_string()));
    line("organ", organ);
    line("type_code", Some(item.type_code));
    line("lead_dept", item.lead_dept);
    line("status", Some(item.status));
    line("versions", Some(versions.len().to_string()));
    let holds = versions.iter().rev().find(|version| version.valid_from.0 <= today && version.valid_to.is_none_or(|end| end.0 > today));
    if let Some(version) = holds {
        line("version", Some(version.no.to_string()));
        line("valid_from", Some(version.valid_from.to_string()));
        line("valid_to", version.valid_to.map(|day| day.to_string()));
        for (field, value) in super::described(version) {
            line(field, value);
        }
        for (field, value) in version.details.0.as_object().into_iter().flatten() {
            line(field, value.as_str().map(str::to_owned));
        }
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}
