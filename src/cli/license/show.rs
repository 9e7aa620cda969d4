use anyhow::Result;

use crate::catalogue::name_key;
use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::db::licenses;
use crate::failure::{Exit, Failure};
use crate::say;

/// Show one licence item as it stands today, or on the --as-of day
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Code, name or id
    item: String,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let today = ctx.clock.today();
    let db = ctx.db()?;
    let mut found = licenses::find(db, &args.item, &name_key(&args.item))?;
    if found.len() > 1 {
        let ids = found.iter().map(|(item, _)| item.id.to_string()).collect::<Vec<_>>().join(", ");
        return Err(Failure::new("license.several", Exit::Conflict, say!("license-several", key = args.item.clone()))
            .hint(say!("license-several-hint", ids = ids))
            .into());
    }
    let Some((item, organ)) = found.pop() else {
        return Err(Failure::new("license.unknown", Exit::NotFound, say!("license-unknown", key = args.item.clone()))
            .hint(say!("license-unknown-hint"))
            .into());
    };
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
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}
