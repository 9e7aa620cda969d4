use anyhow::Result;
use serde_json::json;

use super::chosen::chosen;
use super::edit::edit;
use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome, parse_day};
use crate::db::licenses;
use crate::failure::{Exit, Failure};
use crate::say;

/// Say what became of items: merged, split, renamed, handed down
///
/// Items merged into one another, or the one that was split, are withdrawn on the same
/// day with --withdraw. `license undo` takes it all back.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Items that went: code, name or id
    #[arg(required = true)]
    from: Vec<String>,
    /// What became of them
    #[arg(long, value_name = "KIND", value_parser = ["merged-into", "split-into", "renamed-to", "handed-down-to"])]
    kind: String,
    /// Items they became
    #[arg(long, value_name = "ITEM", required = true)]
    to: Vec<String>,
    /// Number of the document that says so
    #[arg(long, value_name = "NUMBER")]
    doc_no: Option<String>,
    /// Day it takes effect; today if not given
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
    /// Withdraw the items that went
    #[arg(long)]
    withdraw: bool,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let on = args.on.as_deref().map(parse_day).transpose()?.unwrap_or_else(|| ctx.clock.today());
    let kind = args.kind.replace('-', "_");
    let db = ctx.db()?;
    let from = args.from.iter().map(|key| chosen(db, key)).collect::<Result<Vec<_>>>()?;
    let to = args.to.iter().map(|key| chosen(db, key)).collect::<Result<Vec<_>>>()?;
    let name = |item: &licenses::Item| item.code.clone().unwrap_or_else(|| item.name.clone());
    if let Some((item, _)) = from.iter().find(|(item, _)| to.iter().any(|(other, _)| other.id == item.id)) {
        return Err(Failure::new("license.link-self", Exit::Conflict, say!("license-link-self", name = name(item)))
            .hint(say!("license-link-self-hint"))
            .into());
    }
    let known = licenses::links(db, None)?;
    let mut new = Vec::new();
    for (one, _) in &from {
        for (other, _) in &to {
            let there = known.iter().any(|link| link.from == name(one) && link.to == name(other) && link.kind == kind);
            if !there {
                new.push((one.clone(), other.clone()));
            }
        }
    }
    let gone: Vec<_> = from.iter().filter(|(item, _)| args.withdraw && item.status != "withdrawn").map(|(item, _)| item.clone()).collect();
    let mut report = report("license.link", vec![left("from"), left("kind"), left("to"), left("doc_no"), left("on")]);
    for (one, other) in &new {
        report.push(vec![name(one).into(), kind.clone().into(), name(other).into(), args.doc_no.clone().into(), on.into()]);
    }
    if new.is_empty() && gone.is_empty() {
        ctx.remark(&say!("nothing-to-do"));
    } else {
        ctx.show_plan(&report)?;
        ctx.go_ahead(&say!("license-link-question", links = new.len().to_string(), withdrawn = gone.len().to_string()))?;
        let said = json!({
            "kind": kind, "from": from.iter().map(|(item, _)| name(item)).collect::<Vec<_>>(),
            "to": to.iter().map(|(item, _)| name(item)).collect::<Vec<_>>(), "doc_no": args.doc_no, "on": on.to_string(),
            "withdrawn": gone.len(),
        });
        edit(ctx, "license link", "edit", on.into(), gone.len(), said, |db, batch| {
            for (one, other) in &new {
                licenses::add_link(db, batch, one.id, &kind, other.id, args.doc_no.as_deref(), on.into())?;
            }
            for item in &gone {
                licenses::withdraw(db, batch, item.id, on.into())?;
            }
            Ok(())
        })?;
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}
