use std::io::BufRead;
use std::path::{Path, PathBuf};

use anyhow::Result;
use jiff::ToSpan;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::desk::{Desk, present};
use super::import::CODE_DAYS;
use crate::cli::columns::{left, report};
use crate::cli::interrupt::Litter;
use crate::context::{Context, Outcome};
use crate::db::users::{self, Password, User};
use crate::db::{accounts, hex, units};
use crate::failure::{Exit, Failure};
use crate::people::{Policy, Weakness};
use crate::say;
use crate::secret::{self, Algorithm};

/// Set a password, or issue an activation code
///
/// Asked for on a terminal, read from stdin or a file: never on the command line. Unless it is one's own it
/// must be changed at the next login. With --activation a one-time code is made instead and written to a
/// new file that only its owner can read.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Login name
    login: String,
    /// Read the password from standard input
    #[arg(long)]
    password_stdin: bool,
    /// File that holds the password, readable by its owner only
    #[arg(long, value_name = "FILE", conflicts_with = "password_stdin")]
    password_file: Option<PathBuf>,
    /// New file for a one-time activation code
    #[arg(long, value_name = "FILE", conflicts_with_all = ["password_stdin", "password_file"])]
    activation: Option<PathBuf>,
}

impl Args {
    pub(super) fn login(&self) -> &str {
        &self.login
    }
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let desk = Desk::new(ctx, "user password")?;
    let algorithm = algorithm(ctx)?;
    let user = present(ctx.db()?, &args.login)?;
    let own = ctx.actor().login.as_deref() == Some(args.login.as_str());
    ctx.vet()?;
    let password = match &args.activation {
        Some(path) if path.exists() => {
            let path = path.display().to_string();
            return Err(Failure::new("init.passwords-exist", Exit::Conflict, say!("init-passwords-exist", path = path))
                .hint(say!("user-activation-hint"))
                .into());
        }
        Some(_) => secret::random()?,
        None => {
            let password = asked(ctx, args)?;
            fit(ctx, &user, &password)?;
            password
        }
    };
    let stored = Password { hash: algorithm.hash(&password)?, algorithm: algorithm.name().to_owned() };
    let must_change = args.activation.is_some() || !own;
    // The code is the first password, and opens the account by `user activate` as one from an import does.
    let activation = args.activation.as_ref().map(|_| hex(&Sha256::digest(&password)));
    let expires = desk.today.saturating_add(CODE_DAYS.days());
    let written = match args.activation.as_deref().filter(|_| !ctx.globals.dry_run) {
        Some(path) => Some(Code::write(path, &user.login_name, &password)?),
        None => None,
    };
    ctx.write(|db, log| {
        units::one_at_a_time(db)?;
        let now = present(db, &args.login)?;
        if now != user {
            return Err(crate::cli::import::moved(&args.login));
        }
        accounts::set_password(db, user.id, &stored, must_change, desk.at)?;
        if let Some(digest) = &activation {
            users::issue_codes(db, &[(user.login_name.clone(), digest.clone())], desk.at, expires.into())?;
        }
        log.push(desk.entry(
            &user,
            json!({ "must_change_password": user.must_change_pwd }),
            json!({ "must_change_password": must_change, "algorithm": algorithm.name(), "activation_code": args.activation.is_some() }),
        ));
        Ok(())
    })?;
    if let Some(code) = written {
        code.keep();
    }
    let columns = vec![left("login_name"), left("algorithm"), left("must_change_password")];
    let mut report = report("user.password", columns);
    report.push(vec![user.login_name.clone().into(), algorithm.name().into(), must_change.into()]);
    ctx.show(report)?;
    let login = user.login_name;
    ctx.remark(&match &args.activation {
        _ if ctx.globals.dry_run => say!("dry-run"),
        Some(path) => say!("user-activation-done", login = login, path = path.display().to_string()),
        None => say!("user-password-done", login = login),
    });
    Ok(Outcome::Done)
}

fn asked(ctx: &Context, args: &Args) -> Result<String> {
    if !args.password_stdin {
        return ctx.password(args.password_file.as_deref(), &say!("user-password-prompt", login = args.login.clone()), true);
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    let password = line.trim_end_matches(['\r', '\n']).to_owned();
    if password.is_empty() {
        return Err(Failure::new("password.empty", Exit::Usage, say!("password-empty", path = "stdin")).into());
    }
    Ok(password)
}

/// How a password is stored here, by configuration.
pub(super) fn algorithm(ctx: &Context) -> Result<Algorithm> {
    let word = ctx.config.get("people.password_algorithm").unwrap_or_default().to_owned();
    Algorithm::from_name(&word).ok_or_else(|| {
        Failure::new("config.password-algorithm", Exit::Usage, say!("config-password-algorithm", value = word))
            .hint(say!("config-password-algorithm-hint"))
            .into()
    })
}

/// Refuses a password that is too weak, or was used not long ago.
pub(super) fn fit(ctx: &mut Context, user: &User, password: &str) -> Result<()> {
    strong_enough(ctx, &user.login_name, password)?;
    let kept = ctx.config.number("people.password_history")?;
    let old = accounts::passwords(ctx.db()?, user.id, kept)?;
    if old.iter().any(|old| secret::is_password(password, old)) {
        return Err(Failure::new("password.again", Exit::Conflict, say!("password-used-before", count = kept))
            .hint(say!("password-used-before-hint"))
            .into());
    }
    Ok(())
}

fn strong_enough(ctx: &Context, login: &str, password: &str) -> Result<()> {
    let number = |key| ctx.config.number(key).map(|n| n as usize);
    let (length, classes) = (number("people.password_length")?, number("people.password_classes")?);
    let found = Policy { length, classes }.weaknesses(login, password);
    if found.is_empty() {
        return Ok(());
    }
    let said = |weakness: &Weakness| match weakness {
        Weakness::Short => say!("password-short", count = length),
        Weakness::Plain => say!("password-plain", count = classes),
        Weakness::Login => say!("password-login"),
        Weakness::Common => say!("password-common"),
    };
    let why = found.iter().map(said).collect::<Vec<_>>().join("; ");
    Err(Failure::new("password.weak", Exit::Usage, say!("password-weak", why = why)).hint(say!("password-weak-hint")).into())
}

/// The file of an activation code, removed again unless the account has it.
struct Code {
    path: Option<PathBuf>,
    _litter: Litter,
}

impl Code {
    fn write(path: &Path, login: &str, code: &str) -> Result<Self> {
        secret::write(path, |out| writeln!(out, "{login}\t{code}"))?;
        Ok(Self { path: Some(path.to_owned()), _litter: Litter::at(path) })
    }

    fn keep(mut self) {
        self.path = None;
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            let _ = std::fs::remove_file(path);
        }
    }
}
