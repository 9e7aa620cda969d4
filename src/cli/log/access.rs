//! Who may read the log: of the three administrators (三员) the audit administrator alone sees what everybody did.

use anyhow::Result;

use crate::context::Context;
use crate::db::{roles, users};
use crate::failure::{Exit, Failure};
use crate::{ledger, say};

/// Lets an audit administrator through, and whoever asks for his own acts only; anybody else is refused, and that is
/// logged. Where no login is bound, the operating system has already decided who may open the database.
///
/// # Errors
/// Exit 6.
pub(super) fn allow(ctx: &mut Context, verb: &'static str, only: Option<&str>) -> Result<()> {
    let Some(login) = ctx.config.get("actor").map(str::to_owned) else { return Ok(()) };
    if only == Some(login.as_str()) {
        return Ok(());
    }
    let db = ctx.db()?;
    let active = users::by_login(db, &login)?.is_some_and(|user| user.status == "active");
    if active && roles::administrators(db)?.iter().any(|(kind, holder)| kind == "audit" && *holder == login) {
        return Ok(());
    }
    let why = say!("log-refused", login = login.clone());
    if !ctx.globals.dry_run {
        let (actor, op_id, at) = (ctx.actor(), ctx.op_id.clone(), ctx.clock.now());
        let db = ctx.db()?;
        // A database that cannot be written to is refused all the same.
        let logged = db.all_or_nothing(|db| ledger::append_refused(db, &actor, &op_id, at, verb, &why));
        if let Err(error) = logged.and_then(|()| ledger::seal(db, at)) {
            ctx.remark(&say!("log-refusal-not-logged", detail = error.to_string()));
        }
    }
    Err(Failure::new("log.refused", Exit::NotPermitted, why).hint(say!("log-refused-hint", login = login)).into())
}
