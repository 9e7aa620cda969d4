//! `swj license`: the catalogue of licence items (行政许可事项目录).

pub(crate) mod chosen;
mod diff;
mod edit;
mod export;
mod history;
mod import;
mod incoming;
mod link;
mod lint;
mod list;
mod reading;
mod seen;
mod show;
mod tree;
mod undo;
mod withdraw;

use anyhow::Result;

use crate::context::{Context, Outcome};
use crate::db::licenses::Version;

/// Licence items
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    List(list::Args),
    Show(show::Args),
    Import(import::Args),
    Diff(diff::Args),
    Tree(tree::Args),
    History(history::Args),
    Lint(lint::Args),
    Withdraw(withdraw::Args),
    Link(link::Args),
    Undo(undo::Args),
    Export(export::Args),
}

impl Command {
    pub(crate) fn run(&self, ctx: &mut Context) -> Result<Outcome> {
        match self {
            Self::List(args) => list::run(ctx, args),
            Self::Show(args) => show::run(ctx, args),
            Self::Import(args) => import::run(ctx, args),
            Self::Diff(args) => diff::run(ctx, args),
            Self::Tree(args) => tree::run(ctx, args),
            Self::History(args) => history::run(ctx, args),
            Self::Lint(args) => lint::run(ctx, args),
            Self::Withdraw(args) => withdraw::run(ctx, args),
            Self::Link(args) => link::run(ctx, args),
            Self::Undo(args) => undo::run(ctx, args),
            Self::Export(args) => export::run(ctx, args),
        }
    }
}

/// A version's fields under the names the plan compares by.
fn described(version: &Version) -> [(&'static str, Option<String>); 19] {
    let number = |n: Option<i64>| n.map(|n| n.to_string());
    [
        ("name", Some(version.name.clone())),
        ("organs_text", version.organs_text.clone()),
        ("basis", version.basis.clone()),
        ("exercise_level", version.exercise_level.clone()),
        ("legal_n", number(version.legal_n)),
        ("legal_unit", version.legal_unit.clone()),
        ("legal_text", version.legal_text.clone()),
        ("promise_n", number(version.promise_n)),
        ("promise_unit", version.promise_unit.clone()),
        ("promise_text", version.promise_text.clone()),
        ("case_kind", version.case_kind.clone()),
        ("visits", version.visits.clone()),
        ("target", version.target.clone()),
        ("fee", version.fee.clone()),
        ("condition", version.condition.clone()),
        ("materials", version.materials.clone()),
        ("result", version.result.clone()),
        ("special", version.special.clone()),
        ("remark", version.remark.clone()),
    ]
}
