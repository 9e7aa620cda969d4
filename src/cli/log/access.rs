//! Who may read the log: of the three administrators (三员) the audit administrator alone sees what everybody did.

use anyhow::Result;

use crate::context::Context;
use crate::db::{roles, users};
use crate::failure::{Exit, Failure};
use crate::say;

/// Lets an audit administrator through, and whoever asks for his own acts only; anybody else is refused. Where no login is bound, the operating system has already decided who may open the database.
///
/// # Errors
/// Exit 6.
pub(super) fn allow(ctx: &mut Context, only: Option<&str>) -> Result<()> {
    let Some(login) = ctx.config.get("actor").map(str::to_owned) else { return Ok(()) };
    if only == Some(login.as_str()) {
        return Ok(());
    }
    let db = ctx.db()?;
    let active = users::by_login(db, &login)?.is_some_and(|user| user.status == "active");
    if active && roles::administrators(db)?.iter().any(|(kind, holder)| kind == "audit" && *holder == login) {
        return Ok(());
    }
    // The front desk notes every refusal in the log.
    Err(Failure::new("log.refused", Exit::NotPermitted, say!("log-refused", login = login.clone()))
        .hint(say!("log-refused-hint", login = login))
        .into())
}
