use std::collections::HashMap;

use anyhow::Result;

use crate::catalogue::name_key;
use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::db::licenses::{self, ItemFilter};

/// Show items with what hangs below them: 主项, 子项, 业务办理项
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only items of this organ
    #[arg(long, value_name = "NAME")]
    organ: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let today = ctx.clock.today();
    let filter = ItemFilter { organ: args.organ.as_deref().map(name_key), ..ItemFilter::default() };
    let items = licenses::list(ctx.db()?, &filter, today.into())?;
    let mut below: HashMap<Option<i64>, Vec<usize>> = HashMap::new();
    let listed: std::collections::HashSet<i64> = items.iter().map(|(item, ..)| item.id).collect();
    for (at, (item, ..)) in items.iter().enumerate() {
        // A child whose parent is not listed today stands by itself.
        below.entry(item.parent_id.filter(|id| listed.contains(id))).or_default().push(at);
    }
    let mut report =
        report("license.tree", vec![left("item"), left("code"), left("level"), left("organ"), left("promise_limit"), left("status")]);
    let mut stack: Vec<(usize, usize)> = below.get(&None).into_iter().flatten().rev().map(|at| (*at, 0)).collect();
    while let Some((at, depth)) = stack.pop() {
        let (item, organ, version) = &items[at];
        report.push(vec![
            format!("{}{}", "  ".repeat(depth), version.name).into(),
            item.code.clone().into(),
            item.level.clone().into(),
            organ.clone().into(),
            version.promise_text.clone().into(),
            item.status.clone().into(),
        ]);
        stack.extend(below.get(&Some(item.id)).into_iter().flatten().rev().map(|at| (*at, depth + 1)));
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}
