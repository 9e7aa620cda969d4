//! Who may do what: every verb with the permissions of which it needs one, and the gate they all go through.

use anyhow::Result;

use crate::config::{Acting, Permissions};
use crate::context::Context;
use crate::db::{Db, roles, users};
use crate::failure::{Exit, Failure};
use crate::say;

/// Every verb, and the permissions any one of which is enough. An empty list: whoever may run the program may do it,
/// because it reads no more than the installation, a file named by him, or the law. A test walks the command tree.
pub(crate) const NEEDS: &[(&str, &[&str])] = &[
    ("init", &[]),
    ("status", &[]),
    ("doctor", &[]),
    ("unit add", &["unit:write"]),
    ("unit set", &["unit:write"]),
    ("unit move", &["unit:write"]),
    ("unit rename", &["unit:write"]),
    ("unit merge", &["unit:write"]),
    ("unit split", &["unit:write"]),
    ("unit close", &["unit:write"]),
    ("unit history", &["unit:read"]),
    ("unit list", &["unit:read"]),
    ("unit tree", &["unit:read"]),
    ("unit show", &["unit:read"]),
    ("unit import", &["unit:write"]),
    ("unit export", &["unit:read"]),
    ("user add", &["user:write"]),
    ("user list", &["user:read"]),
    ("user show", &["user:read"]),
    ("user set", &["user:write"]),
    // Of whoever holds a privilege: who approves those. The verb tells.
    ("user rename", &["user:write", "role:approve"]),
    ("user disable", &["user:disable"]),
    ("user enable", &["user:disable"]),
    ("user lock", &["user:disable"]),
    ("user unlock", &["user:disable"]),
    ("user password", &["user:write", OWN]),
    // Who holds the code is whom it was made for.
    ("user activate", &[]),
    ("user transfer", &["user:write"]),
    ("user transfer apply", &["user:write"]),
    ("user transfer cancel", &["user:write"]),
    ("user leave", &["user:write"]),
    ("user return", &["user:write"]),
    ("user handover", &["user:write"]),
    ("user delegate", &["user:write"]),
    ("user purge", &["user:write"]),
    ("user import", &["user:write"]),
    ("user export", &["user:read"]),
    ("role list", &["role:read"]),
    ("role show", &["role:read"]),
    ("role define", &["role:define"]),
    ("role permit", &["role:define"]),
    ("role deny", &["role:define"]),
    ("role exclude", &["role:define"]),
    ("role grant", &["role:grant", "role:request"]),
    ("role approve", &["role:approve"]),
    ("role revoke", &["role:grant", "role:request", "role:approve"]),
    ("role requests", &["role:read"]),
    ("role grants", &["role:read"]),
    ("role matrix", &["role:read"]),
    ("license list", &["license:read"]),
    ("license show", &["license:read"]),
    ("license import", &["license:write"]),
    ("license diff", &["license:read"]),
    ("license tree", &["license:read"]),
    ("license history", &["license:read"]),
    ("license lint", &["license:read"]),
    ("license withdraw", &["license:write"]),
    ("license link", &["license:write"]),
    ("license undo", &["license:write"]),
    ("license export", &["license:read"]),
    ("request add", &["request:write"]),
    ("request assign", &["request:write"]),
    ("request confirm", &["request:write"]),
    ("request supplement", &["request:write"]),
    ("request consult", &["request:write"]),
    ("request reasons", &["request:write"]),
    ("request extend", &["request:write"]),
    ("request fee", &["request:write"]),
    ("request answer", &["request:answer"]),
    ("request withdraw", &["request:write"]),
    ("request reopen", &["request:answer"]),
    ("request dispute", &["request:write"]),
    ("request correct", &["request:write"]),
    ("request list", &["request:read"]),
    ("request show", &["request:read"]),
    ("request due", &["request:read"]),
    ("request charge", &[]),
    ("case add", &["case:write"]),
    ("case assign", &["case:write"]),
    ("case accept", &["case:write"]),
    ("case correct", &["case:write"]),
    ("case pause", &["case:write"]),
    ("case resume", &["case:write"]),
    ("case extend", &["case:decide"]),
    ("case decide", &["case:decide"]),
    ("case deliver", &["case:write"]),
    ("case list", &["case:read"]),
    ("case show", &["case:read"]),
    ("case due", &["case:read"]),
    ("case stats", &["case:read"]),
    ("case import", &["case:write"]),
    ("case export", &["case:read"]),
    ("disclosure add", &["disclosure:write"]),
    ("disclosure collect", &["disclosure:write"]),
    ("disclosure abolish", &["disclosure:publish"]),
    ("disclosure set", &["disclosure:write"]),
    ("disclosure review", &["disclosure:review"]),
    ("disclosure publish", &["disclosure:publish"]),
    ("disclosure withdraw", &["disclosure:publish"]),
    ("disclosure assess", &["disclosure:review"]),
    ("disclosure register", &["disclosure:read"]),
    ("disclosure list", &["disclosure:read"]),
    ("disclosure export", &["disclosure:read"]),
    ("disclosure import", &["disclosure:write"]),
    ("calendar show", &[]),
    ("calendar import", &["calendar:write"]),
    ("calendar diff", &[]),
    ("calendar due", &[]),
    ("calendar rules", &[]),
    ("check uscc", &[]),
    ("check org", &[]),
    ("check id", &[]),
    ("check division", &[]),
    ("stats month", &["stats:read"]),
    ("stats quarter", &["stats:read"]),
    ("stats halfyear", &["stats:read"]),
    ("stats rank", &["stats:read"]),
    ("stats year", &["stats:read"]),
    ("stats figure", &["stats:write"]),
    ("stats forms", &["stats:read"]),
    ("stats freeze", &["stats:freeze"]),
    ("stats explain", &["stats:read"]),
    ("stats check", &[]),
    ("stats rate", &["stats:read"]),
    ("backup init", &["backup:manage"]),
    ("backup run", &["backup:run"]),
    ("backup list", &["backup:read"]),
    ("backup verify", &["backup:read"]),
    ("backup show", &["backup:read"]),
    ("backup undo", &["backup:restore"]),
    ("backup drill", &["backup:run"]),
    ("backup prune", &["backup:manage"]),
    ("backup repair", &["backup:manage"]),
    ("backup copy", &["backup:run"]),
    ("backup key list", &["backup:read"]),
    ("backup key add", &["backup:manage"]),
    ("backup key remove", &["backup:manage"]),
    ("backup schedule", &["backup:manage"]),
    ("backup restore", &["backup:restore"]),
    ("audit run", &["audit:run"]),
    ("audit diff", &[]),
    ("audit findings", &["audit:run"]),
    ("audit waive", &["audit:waive"]),
    ("audit waivers", &["audit:run"]),
    ("audit unwaive", &["audit:waive"]),
    // Each row needs besides what its own verb needs.
    ("audit fix", &["user:disable", "role:grant", "unit:write"]),
    ("audit rules", &[]),
    ("audit explain", &[]),
    ("log list", &["log:read", OWN]),
    ("log show", &["log:read"]),
    ("log tail", &["log:read"]),
    ("log verify", &["log:verify", "db:check"]),
    // The proof holds the entry itself.
    ("log prove", &["log:read"]),
    ("log export", &["log:read"]),
    ("log checkpoint", &["log:checkpoint"]),
    ("log purge", &["log:checkpoint"]),
    ("portal baseline", &["portal:write"]),
    ("portal verify", &["portal:read"]),
    ("db migrate", &["db:migrate"]),
    ("db status", &["db:check"]),
    ("db check", &["db:check"]),
    ("db copy", &["db:copy"]),
    ("db roles", &[]),
    ("config show", &[]),
    ("demo load", &["demo:load"]),
    ("completions", &[]),
    ("man", &[]),
];

/// What every account has that may log in, where the command is about nobody else: its own password, its own acts.
const OWN: &str = "own:account";

/// Only the audit administrator reads the log: whoever names a login that is no account does not.
const OF_THE_LOG: [&str; 2] = ["log:read", "log:checkpoint"];

/// The permissions a verb needs one of; none when it is not in the list, and then nobody gets through the gate.
pub fn needed(verb: &str) -> Option<&'static [&'static str]> {
    NEEDS.iter().find(|(name, _)| *name == verb).map(|(_, any)| *any)
}

/// The gate: refuses what the person acting may not do, before anything is looked at.
///
/// Unless a site says otherwise, whoever names his OA login is held to his roles, and whoever names none is free, as
/// the operating-system user he is. A site that has `[actors]`, or `permissions = "enforce"`, lets nobody through who
/// is not known. Where the database cannot be opened nobody's rights can be read: a site that enforces them then lets
/// through only what brings a database back. `whose` is the login the command is about, where it is about one alone.
///
/// # Errors
/// Exit 6, with what is missing.
pub(crate) fn check(ctx: &Context, verb: &str, whose: Option<&str>) -> Result<()> {
    let any = needed(verb).unwrap_or(&["-"]);
    if any.is_empty() { Ok(()) } else { pass(ctx, verb, any, whose) }
}

/// What brings a database back where there is none, with the backup's own password.
const WITHOUT_DATABASE: &[&str] = &["backup list", "backup show", "backup verify", "backup restore", "backup undo"];

fn pass(ctx: &Context, verb: &str, any: &[&str], whose: Option<&str>) -> Result<()> {
    let mode = ctx.config.permissions();
    if mode == Permissions::Off {
        return Ok(());
    }
    let login = match ctx.config.acting(&crate::ledger::Actor::names()) {
        Acting::As(login) => login,
        Acting::Another { bound, file, wanted, origin } => {
            return Err(refuse(
                "permission.another",
                say!("permission-another", bound = bound, file = file, wanted = wanted, origin = origin.clone()),
                say!("permission-another-hint", origin = origin),
            ));
        }
        Acting::Unbound { file } => {
            let os_user = ctx.actor().os_user;
            let message = say!("permission-unbound", os_user = os_user.clone(), file = file.clone());
            return Err(refuse("permission.unbound", message, say!("permission-unbound-hint", os_user = os_user, file = file)));
        }
        Acting::Nobody if mode == Permissions::Enforced => {
            return Err(refuse("permission.nobody", say!("permission-nobody", verb = verb), say!("permission-nobody-hint")));
        }
        Acting::Nobody => return Ok(()),
    };
    let mut db = match ctx.url().map_err(anyhow::Error::from).and_then(|url| Ok(Db::open(&url)?)) {
        Ok(db) => db,
        Err(_) if mode != Permissions::Enforced || WITHOUT_DATABASE.contains(&verb) => return Ok(()),
        Err(error) => {
            let message = say!("permission-no-database", verb = verb, why = Failure::of(error).message);
            return Err(refuse("permission.no-database", message, say!("permission-no-database-hint")));
        }
    };
    match users::standing(&mut db, &login)? {
        // A name that is nobody's account is no more than a note in the log.
        None if mode == Permissions::Bound && !any.iter().any(|perm| OF_THE_LOG.contains(perm)) => Ok(()),
        None => Err(refuse("permission.unknown", say!("role-acting-unknown", login = login), say!("role-acting-hint"))),
        Some((_, status)) if status != "active" => {
            Err(refuse("permission.inactive", say!("role-acting-inactive", login = login), say!("role-acting-hint")))
        }
        Some((id, _)) => {
            // The real day: --as-of does not bring back a grant whose term is over.
            let held = roles::allowed(&mut db, id, ctx.clock.now().day().into())?;
            let own = whose == Some(login.as_str());
            let may = any.iter().any(|perm| if *perm == OWN { own } else { held.iter().any(|held| held == perm) });
            if may { Ok(()) } else { Err(lacking(&login, verb, any)) }
        }
    }
}

fn refuse(code: &'static str, message: String, hint: String) -> anyhow::Error {
    Failure::new(code, Exit::NotPermitted, message).hint(hint).into()
}

/// The person acting may not do it: says what is missing and who can help.
pub(crate) fn lacking(login: &str, verb: &str, any: &[&str]) -> anyhow::Error {
    let needed = any.iter().copied().filter(|perm| *perm != OWN).collect::<Vec<_>>().join(" / ");
    let own = match verb {
        "log list" => Some("swj log list --actor"),
        _ if any.contains(&OWN) => Some("swj user password"),
        _ => None,
    };
    let hint = match own {
        Some(own) => say!("permission-lacking-own-hint", line = format!("{own} {login}")),
        None => say!("permission-lacking-hint", needed = needed.clone()),
    };
    refuse("permission.lacking", say!("permission-lacking", login = login, verb = verb, needed = needed), hint)
}

/// Refuses what the person acting may do only with one of these permissions, inside the transaction that writes it: a
/// right that was taken back meanwhile is gone.
///
/// # Errors
/// Exit 6.
pub(crate) fn still(ctx: &Gate, db: &mut crate::db::Db, user: Option<(i64, &str)>, verb: &str, any: &[&str]) -> Result<()> {
    let Some((id, login)) = user.filter(|_| ctx.mode != Permissions::Off) else { return Ok(()) };
    let held = roles::allowed(db, id, ctx.today.into())?;
    if any.iter().any(|perm| held.iter().any(|held| held == perm)) { Ok(()) } else { Err(lacking(login, verb, any)) }
}

/// What [`still`] needs to know inside a transaction.
#[derive(Clone, Copy)]
pub(crate) struct Gate {
    mode: Permissions,
    today: jiff::civil::Date,
}

impl Gate {
    pub(crate) fn of(ctx: &Context) -> Self {
        Self { mode: ctx.config.permissions(), today: ctx.clock.now().day() }
    }
}
