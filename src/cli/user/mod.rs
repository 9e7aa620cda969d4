//! `swj user`: the people and their accounts (用户).

mod activate;
mod add;
mod apply;
mod cancel;
mod delegate;
mod desk;
mod disable;
mod enable;
mod ended;
mod export;
mod handover;
mod import;
mod leave;
mod list;
mod lock;
mod movement;
mod password;
mod purge;
mod readmit;
mod rename;
mod set;
mod show;
mod shut;
mod transfer;
mod unlock;

use anyhow::Result;
use jiff::civil::Date;

pub(crate) use desk::not_ahead;
pub(crate) use ended::Closing;
pub(crate) use import::{all_faults, rejects};

use crate::context::{Context, Outcome};
use crate::db::users::{NewUser, User};
use crate::db::{Db, accounts};
use crate::failure::{Exit, Failure};
use crate::people::{UserFacts, default_login, no_end};
use crate::say;

/// Users and their accounts
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    Add(add::Args),
    List(list::Args),
    Show(show::Args),
    Set(set::Args),
    Rename(rename::Args),
    Disable(disable::Args),
    Enable(enable::Args),
    Lock(lock::Args),
    Unlock(unlock::Args),
    Password(password::Args),
    Activate(activate::Args),
    Transfer(transfer::Args),
    Leave(leave::Args),
    Return(readmit::Args),
    Handover(handover::Args),
    Delegate(delegate::Args),
    Purge(purge::Args),
    Import(import::Args),
    Export(export::Args),
}

impl Command {
    /// Whose account alone it is about, where everybody may do it with his own.
    pub(crate) fn whose(&self) -> Option<&str> {
        match self {
            Self::Password(args) => Some(args.login()),
            _ => None,
        }
    }

    pub(crate) fn run(&self, ctx: &mut Context) -> Result<Outcome> {
        match self {
            Self::Add(args) => add::run(ctx, args),
            Self::List(args) => list::run(ctx, args),
            Self::Show(args) => show::run(ctx, args),
            Self::Set(args) => set::run(ctx, args),
            Self::Rename(args) => rename::run(ctx, args),
            Self::Disable(args) => disable::run(ctx, args),
            Self::Enable(args) => enable::run(ctx, args),
            Self::Lock(args) => lock::run(ctx, args),
            Self::Unlock(args) => unlock::run(ctx, args),
            Self::Password(args) => password::run(ctx, args),
            Self::Activate(args) => activate::run(ctx, args),
            Self::Transfer(args) => transfer::run(ctx, args),
            Self::Leave(args) => leave::run(ctx, args),
            Self::Return(args) => readmit::run(ctx, args),
            Self::Handover(args) => handover::run(ctx, args),
            Self::Delegate(args) => delegate::run(ctx, args),
            Self::Purge(args) => purge::run(ctx, args),
            Self::Import(args) => import::run(ctx, args),
            Self::Export(args) => export::run(ctx, args),
        }
    }
}

/// No such user: says where to look.
pub(crate) fn unknown(login: &str) -> anyhow::Error {
    Failure::new("user.unknown", Exit::NotFound, say!("user-unknown", login = login)).hint(say!("user-unknown-hint")).into()
}

/// Runs the statements of a change and takes them back: what it would say and what it would refuse is known before
/// anybody is asked.
pub(crate) fn rehearsed<T>(db: &mut Db, work: impl FnOnce(&mut Db) -> Result<T>) -> Result<T> {
    let mut value = None;
    let ended: Result<()> = db.all_or_nothing(|db| {
        value = Some(work(db)?);
        Err(Rehearsed.into())
    });
    match (ended, value) {
        (Err(error), Some(value)) if error.is::<Rehearsed>() => Ok(value),
        (Err(error), _) => Err(error),
        (Ok(()), _) => Err(Rehearsed.into()),
    }
}

#[derive(Debug)]
struct Rehearsed;

impl std::fmt::Display for Rehearsed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a rehearsal is taken back")
    }
}

impl std::error::Error for Rehearsed {}

/// One person, one account (一人一号, GB/T 22239 8.1.4.1 a).
fn one_account_each(db: &mut Db, staff_no: Option<&str>, account_type: &str, but: Option<i64>) -> Result<()> {
    let Some(staff_no) = staff_no.filter(|_| account_type == "person") else { return Ok(()) };
    match accounts::twin(db, staff_no, but)? {
        None => Ok(()),
        Some(login) => {
            let staff_no = staff_no.to_owned();
            Err(Failure::new("user.twin", Exit::Conflict, say!("user-twin", staff_no = staff_no, login = login.clone()))
                .hint(say!("user-exists-hint", login = login))
                .into())
        }
    }
}

/// A login nobody may have, and an outside account without an end.
fn refuse_faults(facts: &UserFacts, today: Date) -> Result<()> {
    if default_login(&facts.login_name) {
        return Err(Failure::new("user.default-login", Exit::Usage, say!("user-default-login", login = facts.login_name.clone()))
            .hint(say!("user-default-login-hint"))
            .into());
    }
    if no_end(facts, today) {
        return Err(Failure::new("user.no-end", Exit::Usage, say!("user-no-end", login = facts.login_name.clone()))
            .hint(say!("user-no-end-hint"))
            .into());
    }
    Ok(())
}

/// Whether an account may be opened: its unit is there, its time is not over, nobody else has it.
fn fit_to_open(db: &mut Db, user: &User, today: Date) -> Result<()> {
    if user.account_type != "service" {
        let units = crate::db::units::list(db, &crate::db::units::UnitFilter::default())?;
        match units.iter().find(|unit| Some(unit.id) == user.unit_id) {
            Some(unit) if unit.status == "active" => {}
            Some(unit) => return Err(crate::cli::unit::closed(&unit.code)),
            None => {
                let login = user.login_name.clone();
                return Err(Failure::new("user.no-unit", Exit::Conflict, say!("user-no-unit", login = login.clone()))
                    .hint(say!("user-no-unit-hint", login = login))
                    .into());
            }
        }
    }
    let unit = user.unit_id.map(|_| "");
    refuse_faults(&facts(user, unit), today)?;
    one_account_each(db, user.staff_no.as_deref(), &user.account_type, Some(user.id))
}

/// Locked accounts are unlocked, disabled ones enabled: each by its own verb.
fn other_way(user: &User) -> anyhow::Error {
    let (login, status) = (user.login_name.clone(), user.status.clone());
    let hint =
        if status == "locked" { say!("user-unlock-hint", login = login.clone()) } else { say!("user-enable-hint", login = login.clone()) };
    Failure::new("user.other-way", Exit::Conflict, say!("user-not-active", login = login, status = status)).hint(hint).into()
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
