//! The front desk: reads what was typed, chooses the language, runs one verb, returns its exit code.

mod assign;
mod columns;
mod faults;
pub mod help;
mod import;
mod interrupt;
mod layout;
mod plan_file;
mod usage;

mod audit;
mod backup;
mod calendar;
mod case;
mod check;
mod completions;
mod config;
mod db;
mod demo;
mod disclosure;
mod doctor;
mod init;
mod license;
mod log;
mod man;
mod man_rules;
mod permissions;
mod portal;
mod request;
mod role;
mod stats;
mod status;
mod unit;
mod user;

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::config::Config;
use crate::context::{Context, Globals, Outcome, Unvetted};
use crate::failure::{Exit, Failure};
use crate::locale;

/// Administration toolkit over the office database of a water bureau
///
/// Units and users, licence items, disclosure and its statistics, backups, audits:
/// one database, SQLite or PostgreSQL, the same commands.
#[derive(Parser)]
#[command(name = "swj", version, propagate_version = true, disable_help_subcommand = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Init(init::Args),
    Status(status::Args),
    Doctor(doctor::Args),
    #[command(subcommand)]
    Unit(unit::Command),
    #[command(subcommand)]
    User(user::Command),
    #[command(subcommand)]
    Role(role::Command),
    #[command(subcommand, visible_alias = "licence")]
    License(license::Command),
    #[command(subcommand)]
    Disclosure(disclosure::Command),
    #[command(subcommand)]
    Request(request::Command),
    #[command(subcommand)]
    Case(case::Command),
    #[command(subcommand)]
    Calendar(calendar::Command),
    #[command(subcommand)]
    Stats(stats::Command),
    #[command(subcommand)]
    Backup(backup::Command),
    #[command(subcommand)]
    Audit(audit::Command),
    #[command(subcommand)]
    Log(log::Command),
    #[command(subcommand)]
    Portal(portal::Command),
    #[command(subcommand)]
    Db(db::Command),
    #[command(subcommand)]
    Config(config::Command),
    #[command(subcommand)]
    Check(check::Command),
    #[command(subcommand)]
    Demo(demo::Command),
    Completions(completions::Args),
    Man(man::Args),
}

impl Command {
    /// The login it is about, where it is about one person's own.
    fn whose(&self) -> Option<&str> {
        match self {
            Self::User(command) => command.whose(),
            Self::Log(command) => command.whose(),
            _ => None,
        }
    }

    fn run(&self, ctx: &mut Context) -> anyhow::Result<Outcome> {
        match self {
            Self::Init(args) => init::run(ctx, args),
            Self::Status(args) => status::run(ctx, args),
            Self::Doctor(args) => doctor::run(ctx, args),
            Self::Unit(command) => command.run(ctx),
            Self::User(command) => command.run(ctx),
            Self::Role(command) => command.run(ctx),
            Self::License(command) => command.run(ctx),
            Self::Disclosure(command) => command.run(ctx),
            Self::Request(command) => command.run(ctx),
            Self::Case(command) => command.run(ctx),
            Self::Calendar(command) => command.run(ctx),
            Self::Stats(command) => command.run(ctx),
            Self::Backup(command) => command.run(ctx),
            Self::Audit(command) => command.run(ctx),
            Self::Log(command) => command.run(ctx),
            Self::Portal(command) => command.run(ctx),
            Self::Db(command) => command.run(ctx),
            Self::Config(command) => command.run(ctx),
            Self::Check(command) => command.run(ctx),
            Self::Demo(command) => command.run(ctx),
            Self::Completions(args) => completions::run(ctx, args),
            Self::Man(args) => man::run(ctx, args),
        }
    }
}

/// The whole command tree, in English: for man pages, completions and tests.
pub fn tree() -> clap::Command {
    let mut tree = Cli::command();
    tree.build();
    tree
}

/// Runs one command line and returns the exit code.
pub fn run(argv: Vec<OsString>) -> u8 {
    interrupt::watch();
    let env = |name: &str| std::env::var(name).ok();
    let config = Config::read(said(&argv, "--config").map(PathBuf::from).as_deref(), env);
    let configured = config.as_ref().ok().and_then(Config::language);
    locale::speak(locale::choose(said(&argv, "--lang").as_deref(), configured, env));
    let json = wants_json(&argv);
    let argv = with_help_asked_for(argv);

    let read = Cli::command().try_get_matches_from_mut(&argv).and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, verb_of(&matches))));
    let (cli, verb) = match read {
        Ok(read) => read,
        Err(error) => return usage::answer(&error, &argv, json),
    };
    let ended = config.map_err(anyhow::Error::from).and_then(|config| {
        let globals = cli.globals.clone();
        carry_out(cli, &config, &verb).map_err(|error| noted(error, globals, &config, &verb))
    });
    interrupt::give_way();
    match ended {
        Ok(outcome) => outcome.exit() as u8,
        Err(error) if is_broken_pipe(&error) => 0,
        Err(error) if is_interrupted(&error) => {
            // Another thread is cleaning up and ends the program; should it not, we do.
            std::thread::sleep(std::time::Duration::from_secs(2));
            130
        }
        Err(error) => report(&Failure::of(faults::explain(error)), json) as u8,
    }
}

/// The verb that was chosen, by its own name: `backup key add`.
fn verb_of(matches: &clap::ArgMatches) -> String {
    let mut names = Vec::new();
    let mut at = matches;
    while let Some((name, inner)) = at.subcommand() {
        names.push(name);
        at = inner;
    }
    names.join(" ")
}

/// What was not permitted is written into the log, with who wanted it.
fn noted(error: anyhow::Error, globals: Globals, config: &Config, verb: &str) -> anyhow::Error {
    if is_broken_pipe(&error) || is_interrupted(&error) {
        return error;
    }
    let failure = Failure::of(faults::explain(error));
    if failure.exit == Exit::NotPermitted
        && let Ok(ctx) = Context::new(globals, config.clone())
        && let Err(error) = ctx.note_refusal(verb, &failure)
    {
        ctx.remark(&crate::say!("permission-not-noted", detail = error.to_string()));
    }
    failure.into()
}

/// The permissions of which a verb needs one; none for a verb nobody thought of.
pub fn permissions_of(verb: &str) -> Option<&'static [&'static str]> {
    permissions::needed(verb)
}

/// Runs the command. One that is about to write and was asked for columns nobody has vetted yet begins anew: first as a
/// dry run that shows nothing, and only when that finds the columns, in earnest.
fn carry_out(cli: Cli, config: &Config, verb: &str) -> anyhow::Result<Outcome> {
    let Cli { globals, command } = cli;
    let mut ctx = Context::new(globals.clone(), config.clone())?;
    permissions::check(&ctx, verb, command.whose())?;
    if !matches!(command, Command::Audit(audit::Command::Run(_))) {
        ctx.wants_no_findings()?;
    }
    let first = command.run(&mut ctx);
    drop(ctx);
    if !first.as_ref().is_err_and(|error| error.is::<Unvetted>()) {
        return first;
    }
    let mut dry = Context::new(Globals { dry_run: true, ..globals.clone() }, config.clone())?.muted();
    if let Err(error) = command.run(&mut dry)
        && error.downcast_ref::<Failure>().is_some_and(|failure| failure.code == "usage.field")
    {
        return Err(error);
    }
    command.run(&mut Context::new(globals, config.clone())?.vetted())
}

/// Says on stderr what went wrong; as one JSON document when JSON was asked for.
fn report(failure: &Failure, json: bool) -> Exit {
    let mut err = std::io::stderr().lock();
    let mut tell = |text: String| {
        // Nobody reads a closed stderr; the exit code still tells.
        let _ = writeln!(err, "{}", crate::identifiers::masked_text(&text));
    };
    if json {
        tell(failure.json().to_string());
    } else {
        tell(crate::say!("error", message = failure.to_string()));
        if let Some(hint) = &failure.hint {
            tell(format!("  {}", crate::say!("hint", hint = hint.clone())));
        }
    }
    failure.exit
}

/// `swj user list | head` closes our stdout early; that is not a failure.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| cause.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe))
}

/// Ctrl-C at a prompt.
fn is_interrupted(error: &anyhow::Error) -> bool {
    let interrupted = |error: &std::io::Error| error.kind() == std::io::ErrorKind::Interrupted;
    error.chain().any(|cause| {
        // A question keeps the error it met to itself.
        let asked = cause.downcast_ref::<dialoguer::Error>().is_some_and(|dialoguer::Error::IO(error)| interrupted(error));
        asked || cause.downcast_ref::<std::io::Error>().is_some_and(interrupted)
    })
}

/// `swj help backup run` is `swj backup run --help`.
fn with_help_asked_for(mut argv: Vec<OsString>) -> Vec<OsString> {
    if argv.get(1).is_some_and(|word| word == "help") {
        argv.remove(1);
        argv.push("--help".into());
    }
    argv
}

/// A global option's value before clap has parsed anything: `--lang zh` or `--lang=zh`.
fn said(argv: &[OsString], name: &str) -> Option<String> {
    let words: Vec<_> = argv.iter().map(|word| word.to_string_lossy()).collect();
    words.iter().enumerate().find_map(|(at, word)| {
        let rest = word.strip_prefix(name)?;
        if rest.is_empty() { words.get(at + 1).map(|next| next.to_string()) } else { rest.strip_prefix('=').map(str::to_owned) }
    })
}

/// The format must be known before anything can go wrong.
fn wants_json(argv: &[OsString]) -> bool {
    let asked = said(argv, "--format").or_else(|| said(argv, "-f"));
    // -fjson, -f=json, and behind other letters: -qfjson, -nqf json.
    let machine = |format: &str| format == "json" || format == "jsonl";
    let words: Vec<_> = argv.iter().map(|word| word.to_string_lossy()).collect();
    let glued = || {
        words.iter().enumerate().any(|(at, word)| {
            let letters = word.strip_prefix('-').filter(|rest| !rest.starts_with('-')).and_then(|rest| rest.split_once('f'));
            let Some((_, format)) = letters.filter(|(before, _)| before.bytes().all(|b| b"nyqv".contains(&b))) else { return false };
            let next = words.get(at + 1).filter(|_| format.is_empty()).map(|next| machine(next));
            next.unwrap_or_else(|| machine(format.trim_start_matches('=')))
        })
    };
    let file = said(argv, "--output").or_else(|| said(argv, "-o")).unwrap_or_default();
    asked.as_deref().is_some_and(machine) || glued() || (asked.is_none() && [".json", ".jsonl"].iter().any(|end| file.ends_with(end)))
}
