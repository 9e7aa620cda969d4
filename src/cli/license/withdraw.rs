use anyhow::Result;
use serde_json::json;

use super::chosen::chosen;
use super::edit::edit;
use crate::cli::columns::{left, report, right};
use crate::context::{Context, Outcome, parse_day};
use crate::db::licenses;
use crate::failure::{Exit, Failure};
use crate::say;

/// Withdraw items: they end on a day, nothing is deleted
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Code, name or id
    #[arg(required = true)]
    items: Vec<String>,
    /// First day they no longer hold; today if not given
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let on = args.on.as_deref().map(parse_day).transpose()?.unwrap_or_else(|| ctx.clock.today());
    let db = ctx.db()?;
    let items = args.items.iter().map(|key| chosen(db, key)).collect::<Result<Vec<_>>>()?;
    let mut items = items;
    items.sort_by_key(|(item, _)| item.id);
    items.dedup_by_key(|(item, _)| item.id);
    let open: Vec<_> = items.iter().filter(|(item, _)| item.status != "withdrawn").map(|(item, _)| item.clone()).collect();
    for item in &open {
        let below = licenses::open_below(ctx.db()?, item.id)?;
        let left_open: Vec<_> = below.into_iter().filter(|(id, _)| !open.iter().any(|item| item.id == *id)).map(|(_, name)| name).collect();
        if !left_open.is_empty() {
            return Err(Failure::new("license.has-children", Exit::Conflict, say!("license-has-children", name = item.name.clone()))
                .hint(say!("license-has-children-hint", items = left_open.join(", ")))
                .into());
        }
    }
    let mut report = report("license.withdraw", vec![right("id"), left("code"), left("name"), left("on")]);
    for item in &open {
        report.push(vec![item.id.into(), item.code.clone().into(), item.name.clone().into(), on.into()]);
    }
    if open.is_empty() {
        ctx.remark(&say!("nothing-to-do"));
    } else {
        ctx.show_plan(&report)?;
        ctx.go_ahead(&say!("license-withdraw-question", count = open.len().to_string()))?;
        let keys: Vec<_> = open.iter().map(|item| item.code.clone().unwrap_or_else(|| item.name.clone())).collect();
        let new = json!({"withdrawn": keys, "on": on.to_string()});
        edit(ctx, "license withdraw", "edit", on.into(), open.len(), new, |db, batch| {
            for item in &open {
                licenses::withdraw(db, batch, item.id, on.into())?;
            }
            Ok(())
        })?;
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}
