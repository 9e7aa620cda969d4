use std::path::PathBuf;

use anyhow::Result;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::desk::{Desk, present};
use super::password;
use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::db::hex;
use crate::db::users::Password;
use crate::db::{accounts, units};
use crate::failure::{Exit, Failure};
use crate::say;

/// Open an account with its one-time activation code (激活码) and a password of one's own
///
/// `user import --activation-codes` or `user password --activation` issued the code. It and the new password are asked
/// for on a terminal or read from files: never on the command line. A code that was used or has expired opens nothing,
/// nor does one for an account whose owner has a password of his own by now.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Login name
    login: String,
    /// File that holds the code, readable by its owner only
    #[arg(long, value_name = "FILE")]
    code_file: Option<PathBuf>,
    /// File that holds the new password, readable by its owner only
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let desk = Desk::new(ctx, "user activate")?;
    let algorithm = password::algorithm(ctx)?;
    let code = ctx.password(args.code_file.as_deref(), &say!("user-activate-code", login = args.login.clone()), false)?;
    let digest = hex(&Sha256::digest(code.trim()));
    let refused = || {
        let sentence = say!("user-activate-refused", login = args.login.clone());
        anyhow::Error::from(Failure::new("user.activation", Exit::NotPermitted, sentence).hint(say!("user-activate-refused-hint")))
    };
    let user = present(ctx.db()?, &args.login)?;
    // The real day: --as-of does not make a code good again.
    let today = ctx.clock.now().day().into();
    if user.status != "active" || !user.must_change_pwd || !accounts::code_opens(ctx.db()?, user.id, &digest, today)? {
        return Err(refused());
    }
    let chosen = ctx.password(args.password_file.as_deref(), &say!("user-password-prompt", login = args.login.clone()), true)?;
    password::fit(ctx, &user, &chosen)?;
    let stored = Password { hash: algorithm.hash(&chosen)?, algorithm: algorithm.name().to_owned() };
    ctx.write(|db, log| {
        units::one_at_a_time(db)?;
        // Somebody may have been quicker with the same code.
        if present(db, &args.login)? != user || !accounts::code_opens(db, user.id, &digest, today)? {
            return Err(refused());
        }
        accounts::set_password(db, user.id, &stored, false, desk.at)?;
        log.push(desk.entry(
            &user,
            json!({ "must_change_password": user.must_change_pwd }),
            json!({ "must_change_password": false, "algorithm": algorithm.name(), "activation_code": "used" }),
        ));
        Ok(())
    })?;
    let mut report = report("user.activate", vec![left("login_name"), left("algorithm")]);
    report.push(vec![user.login_name.clone().into(), algorithm.name().into()]);
    ctx.show(report)?;
    ctx.remark(&if ctx.globals.dry_run { say!("dry-run") } else { say!("user-activated", login = user.login_name) });
    Ok(Outcome::Done)
}
