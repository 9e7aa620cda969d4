//! `swj disclosure`: information disclosed on the bureau's own initiative (主动公开) and its register.

mod add;
mod change;
mod import;
mod list;
mod register;

use anyhow::Result;
use jiff::civil::Date;

use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::db::disclosures::Whole;
use crate::view::{Cell, Report};

/// Items of disclosure
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    Add(add::Args),
    Set(change::SetArgs),
    Review(change::ReviewArgs),
    Publish(change::PublishArgs),
    Withdraw(change::WithdrawArgs),
    Assess(change::AssessArgs),
    Register(register::Args),
    List(list::Args),
    Import(import::Args),
}

impl Command {
    pub(crate) fn run(&self, ctx: &mut Context) -> Result<Outcome> {
        match self {
            Self::Add(args) => add::run(ctx, args),
            Self::Set(args) => change::set(ctx, args),
            Self::Review(args) => change::review(ctx, args),
            Self::Publish(args) => change::publish(ctx, args),
            Self::Withdraw(args) => change::withdraw(ctx, args),
            Self::Assess(args) => change::assess(ctx, args),
            Self::Register(args) => register::run(ctx, args),
            Self::List(args) => list::run(ctx, args),
            Self::Import(args) => import::run(ctx, args),
        }
    }
}

/// What a verb shows of the item it changed.
fn item_report(schema: &'static str) -> Report {
    report(
        schema,
        vec![
            left("index_no"),
            left("title"),
            left("unit"),
            left("formed_on"),
            left("attribute"),
            left("due_on"),
            left("review"),
            left("published_on"),
            left("status"),
        ],
    )
}

fn one(report: &mut Report, item: &Whole) {
    report.push(vec![
        item.index_no.clone().into(),
        item.title.clone().into(),
        item.unit.clone().into(),
        item.formed_on.0.into(),
        item.attribute.clone().into(),
        item.due_on.map(|day| day.0).into(),
        item.review.clone().into(),
        item.published_on.clone().into(),
        item.status.clone().into(),
    ]);
}

/// The line of an item that a rehearsal did not keep.
fn logged_item(index_no: &str, title: &str, unit: &str, formed: Date) -> Vec<Cell> {
    let mut line: Vec<Cell> = vec![index_no.into(), title.into(), unit.into(), formed.into()];
    line.resize(9, Cell::Empty);
    line
}
