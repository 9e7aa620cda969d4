//! `swj role`: roles (角色), what they permit, and who holds them.

mod approve;
mod define;
mod deny;
mod exclude;
mod grant;
mod grants;
mod list;
mod matrix;
mod permit;
mod requests;
mod revoke;
mod show;

use anyhow::Result;

use crate::context::{Context, Outcome};
use crate::db::roles::{self, Role};
use crate::db::users::{self, User};
use crate::db::{Db, Instant, accounts};
use crate::failure::{Exit, Failure};
use crate::people::{Clash, ClashRule, Giving, Objection, Party, RoleFacts, Stage, carried, clash_between, clashes, objection};
use crate::say;

/// Roles, what they permit, and who holds them
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    List(list::Args),
    Show(show::Args),
    Define(define::Args),
    Permit(permit::Args),
    Deny(deny::Args),
    Exclude(exclude::Args),
    Grant(grant::Args),
    Approve(approve::Args),
    Revoke(revoke::Args),
    Requests(requests::Args),
    Grants(grants::Args),
    Matrix(matrix::Args),
}

impl Command {
    pub(crate) fn run(&self, ctx: &mut Context) -> Result<Outcome> {
        match self {
            Self::List(args) => list::run(ctx, args),
            Self::Show(args) => show::run(ctx, args),
            Self::Define(args) => define::run(ctx, args),
            Self::Permit(args) => permit::run(ctx, args),
            Self::Deny(args) => deny::run(ctx, args),
            Self::Exclude(args) => exclude::run(ctx, args),
            Self::Grant(args) => grant::run(ctx, args),
            Self::Approve(args) => approve::run(ctx, args),
            Self::Revoke(args) => revoke::run(ctx, args),
            Self::Requests(args) => requests::run(ctx, args),
            Self::Grants(args) => grants::run(ctx, args),
            Self::Matrix(args) => matrix::run(ctx, args),
        }
    }
}

/// Finds a role, or says where to look.
fn role_of(db: &mut Db, code: &str) -> Result<Role> {
    roles::by_code(db, code)?.ok_or_else(|| unknown(code))
}

/// No such role: says where to look.
pub(crate) fn unknown(code: &str) -> anyhow::Error {
    Failure::new("role.unknown", Exit::NotFound, say!("role-unknown", code = code)).hint(say!("role-unknown-hint")).into()
}

fn user_of(db: &mut Db, login: &str) -> Result<User> {
    users::by_login(db, login)?.ok_or_else(|| crate::cli::user::unknown(login))
}

/// An account as it is while nobody else can change it, until the end of the transaction.
fn held(db: &mut Db, login: &str) -> Result<User> {
    let id = user_of(db, login)?.id;
    roles::hold_user(db, id)?;
    user_of(db, login)
}

/// The account of the person acting. Rights are given by people: there must be one, and he must be in office.
fn acting(db: &mut Db, login: Option<&str>) -> Result<User> {
    let refuse =
        |code, message: String| -> anyhow::Error { Failure::new(code, Exit::NotPermitted, message).hint(say!("role-acting-hint")).into() };
    let login = login.ok_or_else(|| refuse("role.nobody-acting", say!("role-nobody-acting")))?;
    match users::by_login(db, login)? {
        Some(user) if user.status == "active" => Ok(user),
        Some(_) => Err(refuse("role.acting-inactive", say!("role-acting-inactive", login = login))),
        None => Err(refuse("role.acting-unknown", say!("role-acting-unknown", login = login))),
    }
}

fn facts(db: &mut Db, role: &Role) -> Result<RoleFacts> {
    let permissions = roles::permissions_of(db, role.id)?;
    Ok(weighed(role, &permissions))
}

/// A role as it weighs with these permissions.
fn weighed(role: &Role, permissions: &[String]) -> RoleFacts {
    let carries = carried(permissions);
    RoleFacts { code: role.code.clone(), admin_kind: role.admin_kind.clone(), privileged: role.privileged, carries }
}

/// What is held on these accounts together.
fn held_on(db: &mut Db, accounts: &[i64]) -> Result<Vec<RoleFacts>> {
    let mut held = Vec::new();
    for account in accounts {
        for role in roles::in_force(db, *account)? {
            held.push(facts(db, &role)?);
        }
    }
    Ok(held)
}

/// What a person holds on all his accounts.
fn held_by_person(db: &mut Db, user: i64) -> Result<Vec<RoleFacts>> {
    let accounts = roles::accounts_of(db, user)?;
    held_on(db, &accounts)
}

/// Whether an account holds a role that is given only with a second person's approval.
pub(crate) fn has_weight(db: &mut Db, user: i64) -> Result<bool> {
    Ok(held_on(db, &[user])?.iter().any(RoleFacts::needs_approval))
}

/// A person as far as grants are concerned, with the roles of all his accounts.
fn party(db: &mut Db, user: &User) -> Result<Party> {
    let held = held_by_person(db, user.id)?;
    Ok(Party {
        login: user.login_name.clone(),
        staff_no: user.staff_no.clone(),
        active: user.status == "active",
        second_factor: user.mfa_enabled,
        roles: held,
    })
}

/// A grant to be weighed, with everybody it concerns.
pub(super) struct Wanted<'a> {
    role: &'a Role,
    to: &'a User,
    by: &'a User,
    until: Option<jiff::civil::Date>,
    today: jiff::civil::Date,
    at: Instant,
    system_administrators_max: i64,
}

/// Refuses a grant that may not be: every verb that gives a role asks here, inside its transaction and after
/// [`roles::lock`], so that what two administrators give at once is judged one after the other.
///
/// # Errors
/// Exit 6 when it is the acting person who may not, exit 5 when the grant itself may not be.
fn weigh(db: &mut Db, wanted: &Wanted<'_>, approver: Option<Option<&User>>) -> Result<()> {
    let (to, by) = (party(db, wanted.to)?, party(db, wanted.by)?);
    let approver = match approver {
        Some(Some(user)) => Some(Some(party(db, user)?)),
        Some(None) => Some(None),
        None => None,
    };
    let role = facts(db, wanted.role)?;
    let exclusions = roles::exclusions(db)?;
    let holders = roles::holders(db, wanted.role.id)?.into_iter().filter(|(id, _)| *id != wanted.to.id).count() as i64;
    let giving = Giving {
        role: &role,
        to: &to,
        by: &by,
        until: wanted.until,
        today: wanted.today,
        exclusions: &exclusions,
        holders,
        system_administrators_max: wanted.system_administrators_max,
    };
    let stage = approver.as_ref().map_or(Stage::Asked, |approver| Stage::Given(approver.as_ref()));
    if let Some(objection) = objection(&giving, stage) {
        return Err(said(&objection, &to.login, &role.code));
    }
    let accounts = roles::accounts_of(db, wanted.to.id)?;
    no_stand_in_clashes(db, &accounts, std::slice::from_ref(&role), wanted.at)
}

/// Refuses roles that exclude those of somebody the person with these accounts acts for, or who acts for him: what may not
/// be delegated between two people does not come about by a grant either, nor by a staff number, a permission or a new
/// exclusion.
fn no_stand_in_clashes(db: &mut Db, accounts: &[i64], held: &[RoleFacts], at: Instant) -> Result<()> {
    let exclusions = roles::exclusions(db)?;
    for account in accounts {
        for (from, to) in accounts::stand_ins(db, *account, at)? {
            let other = if from == *account { to } else { from };
            if accounts.contains(&other) {
                continue;
            }
            let his = held_by_person(db, other)?;
            if let Some(clash) = clash_between(held, &his, &exclusions, crate::people::LEVEL) {
                let (from, to) = (roles::account(db, from)?.login_name, roles::account(db, to)?.login_name);
                let message = say!("role-clash-stand-in", from = from.clone(), to = to, role = clash.one, other = clash.other);
                let hint = say!("role-clash-stand-in-hint", from = from);
                return Err(Failure::new("role.clash", Exit::Conflict, message).hint(hint).into());
            }
        }
    }
    Ok(())
}

/// The same for all that a holder holds.
fn no_stand_in_clashes_with(db: &mut Db, holder: &User, at: Instant) -> Result<()> {
    let (accounts, held) = (roles::accounts_of(db, holder.id)?, held_by_person(db, holder.id)?);
    no_stand_in_clashes(db, &accounts, &held, at)
}

/// The logins that hold a role which is given only with a second person's approval.
pub(crate) fn holders_of_weight(db: &mut Db) -> Result<Vec<String>> {
    let mut logins = Vec::new();
    for role in roles::all(db)? {
        if facts(db, &role)?.needs_approval() {
            logins.extend(roles::all_holders(db, role.id)?);
        }
    }
    Ok(logins)
}

/// Refuses a staff number that would make accounts one person's while their roles exclude one another: of an account that
/// gets it and all that have it already, whatever their kind, as long as they are not closed.
///
/// # Errors
/// Exit 5 with the two roles.
pub(crate) fn may_be_one_person(db: &mut Db, user: &User, staff_no: &str, at: Instant) -> Result<()> {
    let mut accounts = roles::accounts_numbered(db, staff_no)?;
    if !accounts.contains(&user.id) {
        accounts.push(user.id);
    }
    let held = held_on(db, &accounts)?;
    no_clash(db, &held, &user.login_name)?;
    no_stand_in_clashes(db, &accounts, &held, at)
}

fn no_clash(db: &mut Db, held: &[RoleFacts], login: &str) -> Result<()> {
    let exclusions = roles::exclusions(db)?;
    match clashes(held, &exclusions, crate::people::LEVEL).into_iter().next() {
        Some(clash) => {
            let code = clash.one.clone();
            Err(said(&Objection::Clash(clash), login, &code))
        }
        None => Ok(()),
    }
}

/// Refuses to let a person act for another whose roles exclude his: the work of who watches does not go to those he watches.
///
/// # Errors
/// Exit 5 with the two roles.
pub(crate) fn may_act_for(db: &mut Db, from: &User, to: &User) -> Result<()> {
    let (theirs, his) = (held_by_person(db, from.id)?, held_by_person(db, to.id)?);
    let exclusions = roles::exclusions(db)?;
    let Some(clash) = clash_between(&theirs, &his, &exclusions, crate::people::LEVEL) else { return Ok(()) };
    let (from, to) = (from.login_name.clone(), to.login_name.clone());
    let message = say!("role-clash-delegation", from = from.clone(), to = to, one = clash.one, other = clash.other);
    Err(Failure::new("role.clash", Exit::Conflict, message).hint(say!("role-clash-delegation-hint", from = from)).into())
}

fn said(objection: &Objection, login: &str, role: &str) -> anyhow::Error {
    let (login, role) = (login.to_owned(), role.to_owned());
    let refuse = |code, exit, message: String, hint: String| Failure::new(code, exit, message).hint(hint).into();
    match objection {
        Objection::ToHimself => {
            refuse("role.to-himself", Exit::NotPermitted, say!("role-to-himself", login = login), say!("role-another-person-hint"))
        }
        Objection::ApprovesHimself => {
            refuse("role.approves-himself", Exit::NotPermitted, say!("role-approves-himself", role = role), say!("role-second-person-hint"))
        }
        Objection::ApprovesHisRequest => refuse(
            "role.approves-his-request",
            Exit::NotPermitted,
            say!("role-approves-his-request", role = role, login = login),
            say!("role-second-person-hint"),
        ),
        Objection::NotActive => refuse(
            "role.account-inactive",
            Exit::Conflict,
            say!("role-account-inactive", login = login),
            say!("role-account-inactive-hint"),
        ),
        Objection::Over => refuse("role.term-over", Exit::Conflict, say!("role-term-over"), say!("role-term-over-hint")),
        Objection::Clash(Clash { one, other, rule }) => {
            let (one, other) = (one.clone(), other.clone());
            let message = match rule {
                ClashRule::Excluded => say!("role-clash-excluded", login = login.clone(), one = one, other = other.clone()),
                ClashRule::Administrators => say!("role-clash-administrators", login = login.clone(), one = one, other = other.clone()),
                ClashRule::FullTime => say!("role-clash-full-time", login = login.clone(), one = one, other = other.clone()),
            };
            refuse("role.clash", Exit::Conflict, message, say!("role-clash-hint", login = login, other = other))
        }
        Objection::TooMany => refuse("role.too-many", Exit::Conflict, say!("role-too-many", role = role), say!("role-too-many-hint")),
        Objection::NoApproval => {
            refuse("role.no-approval", Exit::NotPermitted, say!("role-no-approval", role = role), say!("role-second-person-hint"))
        }
        Objection::NoSecondFactor => {
            let hint = say!("role-no-second-factor-hint", login = login.clone(), role = role.clone());
            refuse("role.no-second-factor", Exit::Conflict, say!("role-no-second-factor", login = login, role = role), hint)
        }
    }
}

/// Refuses to leave one of the three administrators' roles without an active holder whose term has no end
/// (GB/T 22239 8.1.7.1): a term that runs out must not leave the post empty.
///
/// # Errors
/// Exit 5.
pub(crate) fn may_lose(db: &mut Db, role: &Role, user: i64) -> Result<()> {
    let last = role.admin_kind != "none" && roles::holders_for_good(db, role.id)?.iter().all(|holder| *holder == user);
    if last {
        return Err(Failure::new("role.last-holder", Exit::Conflict, say!("role-last-holder", role = role.code.clone()))
            .hint(say!("role-last-holder-hint", role = role.code.clone()))
            .into());
    }
    Ok(())
}

/// A grant without an end that gets one is lost as far as the three administrators are concerned.
fn renewable(db: &mut Db, role: &Role, to: &User, live: &roles::Grant, until: Option<jiff::civil::Date>) -> Result<()> {
    if live.expires_on.is_none() && until.is_some() { may_lose(db, role, to.id) } else { Ok(()) }
}

/// An instant as reports show it, whichever engine wrote it.
fn instant(text: &str) -> Option<String> {
    Instant::parse(text).map(|at| at.rfc3339())
}

/// A text that is not empty.
fn some(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}
