//! What clap has to say, said by us: help on stdout, mistakes on stderr, in the person's language.

use std::ffi::OsString;
use std::io::Write;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::failure::{Exit, Failure};
use crate::locale::{Language, spoken};
use crate::say;

/// Answers a command line that clap did not turn into a command: help, version, or a mistake.
pub fn answer(error: &clap::Error, argv: &[OsString], json: bool) -> u8 {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            print(&in_language(error, argv));
            0
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand if !json => {
            let mut err = std::io::stderr().lock();
            let _ = write!(err, "{}", in_language(error, argv));
            Exit::Usage as u8
        }
        _ => super::report(&failure(error), json) as u8,
    }
}

/// A reader that goes away is no failure.
fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// The same answer from the tree in the person's language.
fn in_language(error: &clap::Error, argv: &[OsString]) -> String {
    if spoken() == Language::English {
        return error.render().to_string();
    }
    match super::help::in_chinese(super::tree()).try_get_matches_from(argv) {
        Err(again) => super::help::last_words_in_chinese(&again.render().to_string()),
        Ok(_) => error.render().to_string(),
    }
}

fn failure(error: &clap::Error) -> Failure {
    let text = |kind: ContextKind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(list)) => list.join(", "),
        Some(ContextValue::Number(number)) => number.to_string(),
        Some(ContextValue::StyledStrs(list)) => list.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        _ => String::new(),
    };
    let arg = text(ContextKind::InvalidArg);
    let value = text(ContextKind::InvalidValue);
    let (code, message) = match error.kind() {
        ErrorKind::UnknownArgument => ("usage.unknown-argument", say!("usage-unknown-argument", arg = arg)),
        ErrorKind::InvalidSubcommand => {
            ("usage.unknown-command", say!("usage-unknown-command", name = text(ContextKind::InvalidSubcommand)))
        }
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            ("usage.missing-command", say!("usage-missing-command"))
        }
        ErrorKind::MissingRequiredArgument => ("usage.missing-argument", say!("usage-missing-argument", args = arg)),
        ErrorKind::ArgumentConflict => ("usage.conflict", say!("usage-conflict", arg = arg, other = text(ContextKind::PriorArg))),
        ErrorKind::InvalidValue if value.is_empty() => ("usage.no-value", say!("usage-no-value", arg = arg)),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            ("usage.invalid-value", say!("usage-invalid-value", arg = arg, value = value))
        }
        ErrorKind::TooManyValues | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            ("usage.number-of-values", say!("usage-number-of-values", arg = arg))
        }
        _ => ("usage", error.render().to_string().trim().to_owned()),
    };
    let near = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue]
        .into_iter()
        .map(text)
        .find(|near| !near.is_empty());
    let valid = text(ContextKind::ValidValue);
    let hint = match (near, valid.is_empty()) {
        (Some(near), _) => say!("usage-did-you-mean", near = near),
        (None, false) => say!("usage-valid-values", values = valid),
        (None, true) => say!("usage-see-help"),
    };
    Failure::new(code, Exit::Usage, message).hint(hint)
}
