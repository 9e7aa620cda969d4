use anyhow::Result;

use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::db::Url;

/// Show every setting and where its value comes from
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(ctx: &mut Context, _: &Args) -> Result<Outcome> {
    let mut report = report("config.show", vec![left("key"), left("value"), left("origin")]);
    for (key, value) in ctx.config.all() {
        let shown = if key == "database.url" && !value.text.is_empty() { Url::parse(&value.text).shown() } else { value.text.clone() };
        report.push(vec![key.into(), shown.into(), value.origin.clone().into()]);
    }
    for (user, login) in ctx.config.actors() {
        report.push(vec![format!("actors.{user}").into(), login.text.clone().into(), login.origin.clone().into()]);
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}
