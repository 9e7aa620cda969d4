//! `swj user`: the people and their accounts (用户).

mod add;
mod disable;
mod export;
mod import;
mod list;
mod show;

use anyhow::Result;

use crate::context::{Context, Outcome};
use crate::db::users::{NewUser, User};
use crate::failure::{Exit, Failure};
use crate::people::UserFacts;
use crate::say;

/// Users and their accounts
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    Add(add::Args),
    List(list::Args),
    Show(show::Args),
    Disable(disable::Args),
    Import(import::Args),
    Export(export::Args),
}

impl Command {
    pub(crate) fn run(&self, ctx: &mut Context) -> Result<Outcome> {
        match self {
            Self::Add(args) => add::run(ctx, args),
            Self::List(args) => list::run(ctx, args),
            Self::Show(args) => show::run(ctx, args),
            Self::Disable(args) => disable::run(ctx, args),
            Self::Import(args) => import::run(ctx, args),
            Self::Export(args) => export::run(ctx, args),
        }
    }
}

/// No such user: says where to look.
pub(crate) fn unknown(login: &str) -> anyhow::Error {
    Failure::new("user.unknown", Exit::NotFound, say!("user-unknown", login = login)).hint(say!("user-unknown-hint")).into()
}

/// A user's row as facts to compare with.
fn facts(user: &User, unit: Option<&str>) -> UserFacts {
    UserFacts {
        login_name: user.login_name.clone(),
        real_name: user.real_name.clone(),
        staff_no: user.staff_no.clone(),
        unit: unit.map(str::to_owned),
        account_type: user.account_type.clone(),
        is_info_officer: user.is_info_officer,
        joined_on: user.joined_on.map(|day| day.0),
        valid_until: user.valid_until.map(|day| day.0),
        phone: user.phone.clone(),
        email: user.email.clone(),
    }
}

/// Facts as a row to write.
fn row(facts: &UserFacts, unit_id: Option<i64>) -> NewUser {
    NewUser {
        login_name: facts.login_name.clone(),
        real_name: facts.real_name.clone(),
        staff_no: facts.staff_no.clone(),
        unit_id,
        account_type: facts.account_type.clone(),
        is_info_officer: facts.is_info_officer,
        joined_on: facts.joined_on.map(Into::into),
        valid_until: facts.valid_until.map(Into::into),
        phone: facts.phone.clone(),
        email: facts.email.clone(),
    }
}
