//! What a command needs of the outside world: configuration, clock, database, output, questions.

use std::io::{IsTerminal, Write};
use std::path::Path;

use anyhow::Result;
use dialoguer::{Input, theme::SimpleTheme};

use crate::clock::Clock;
use crate::config::{Acting, Config};
use crate::db::{self, Db, DbError, Url};
use crate::failure::{Exit, Failure, of_file};
use crate::identifiers::masked_text;
use crate::ledger::{Actor, Entry};
use crate::progress::Progress;
use crate::say;
use crate::view::{self, Cell, Format, Paper, Report, Shape, SortKey};

/// What may be said with every command.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Globals {
    /// Database: a file, or postgres://…
    #[arg(short, long, global = true, value_name = "URL", help_heading = "Global options")]
    pub database: Option<String>,
    /// Configuration file
    #[arg(long, global = true, value_name = "FILE", help_heading = "Global options")]
    pub config: Option<std::path::PathBuf>,
    /// Output format
    #[arg(short, long, global = true, value_name = "FORMAT", help_heading = "Global options")]
    pub format: Option<String>,
    /// Write to a file; the ending chooses the format
    #[arg(short, long, global = true, value_name = "FILE", help_heading = "Global options")]
    pub output: Option<std::path::PathBuf>,
    /// Columns to show, separated by commas
    #[arg(long, global = true, value_name = "LIST", value_delimiter = ',', help_heading = "Global options")]
    pub fields: Option<Vec<String>>,
    /// Sort by a column; a minus sign reverses
    #[arg(long, global = true, value_name = "COLUMN", value_delimiter = ',', allow_hyphen_values = true, help_heading = "Global options")]
    pub sort: Vec<String>,
    /// Show at most this many rows
    #[arg(long, global = true, value_name = "N", help_heading = "Global options")]
    pub limit: Option<usize>,
    /// CSV for Excel: byte order mark, CRLF, titles
    #[arg(long, global = true, help_heading = "Global options")]
    pub excel: bool,
    /// Plan and check everything, write nothing
    #[arg(short = 'n', long, global = true, help_heading = "Global options")]
    pub dry_run: bool,
    /// Answer yes to the question
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub yes: bool,
    /// Confirm danger by the name of the target
    #[arg(long, global = true, value_name = "NAME", help_heading = "Global options")]
    pub confirm: Option<String>,
    /// Never ask
    #[arg(long, global = true, env = "SWJ_NO_INPUT", value_parser = clap::builder::FalseyValueParser::new(), hide_env = true, help_heading = "Global options")]
    pub no_input: bool,
    /// Reason, kept in the audit log
    #[arg(long, global = true, value_name = "TEXT", help_heading = "Global options")]
    pub reason: Option<String>,
    /// Language of messages: zh or en
    #[arg(long, global = true, value_name = "LANG", help_heading = "Global options")]
    pub lang: Option<String>,
    /// Say nothing but errors
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub quiet: bool,
    /// Say more
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Global options")]
    pub verbose: u8,
    /// Colour: auto, always or never
    #[arg(long, global = true, value_name = "WHEN", help_heading = "Global options")]
    pub color: Option<String>,
    /// Judge as of this day instead of today
    #[arg(long, global = true, value_name = "DATE", help_heading = "Global options")]
    pub as_of: Option<String>,
}

/// How a command that did not fail ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done, or nothing to do.
    Done,
    /// Finished, but somebody should look: rejects, findings.
    LookAtIt,
    /// A check could not be evaluated.
    Incomplete,
    /// A proof failed.
    Broken,
}

impl Outcome {
    /// The exit code.
    pub fn exit(self) -> Exit {
        match self {
            Self::Done => Exit::Done,
            Self::LookAtIt => Exit::LookAtIt,
            Self::Incomplete => Exit::Failed,
            Self::Broken => Exit::Integrity,
        }
    }
}

/// The world of one command run.
pub struct Context {
    pub globals: Globals,
    pub config: Config,
    pub clock: Clock,
    /// One id for all log entries of this run.
    pub op_id: String,
    format: Option<Format>,
    db: Option<Db>,
    /// Whether the columns asked for are known to be there.
    vetted: std::cell::Cell<bool>,
    /// Shows nothing: the run only finds out whether the columns are there.
    mute: bool,
}

/// Stops a run that is about to write before it is known whether the columns asked for are there.
#[derive(Debug)]
pub struct Unvetted;

impl std::fmt::Display for Unvetted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the columns asked for are not known yet")
    }
}

impl std::error::Error for Unvetted {}

impl Context {
    /// Checks what was said globally and puts the world together; opens nothing yet.
    ///
    /// # Errors
    /// Exit 2: an unknown format, a bad date, two formats at once.
    pub fn new(globals: Globals, config: Config) -> Result<Self, Failure> {
        let format = format_of(&globals)?;
        let as_of = globals.as_of.as_deref().map(parse_day).transpose()?;
        if let Some(color) = &globals.color
            && !["auto", "always", "never"].contains(&color.as_str())
        {
            return Err(Failure::new("usage.color", Exit::Usage, say!("usage-color", value = color.clone())));
        }
        if let Some(lang) = &globals.lang
            && crate::locale::Language::from_name(lang).is_none()
        {
            return Err(Failure::new("usage.lang", Exit::Usage, say!("usage-lang", value = lang.clone())));
        }
        if let (Some(named), Some(_)) = (format.filter(|format| Format::OF_FINDINGS.contains(format)), &globals.fields) {
            // These formats have their own fields.
            return Err(Failure::new("usage.fields-of-format", Exit::Usage, say!("usage-fields-of-format", format = named.name())));
        }
        if let Some(path) = globals.output.as_ref().filter(|path| path.as_os_str() != "-") {
            can_be_made(path)?;
        }
        let vetted = std::cell::Cell::new(globals.dry_run || (globals.fields.is_none() && globals.sort.is_empty()));
        Ok(Self {
            clock: Clock::new(as_of),
            op_id: uuid::Uuid::now_v7().to_string(),
            globals,
            config,
            format,
            db: None,
            vetted,
            mute: false,
        })
    }

    /// Finds out what a run would show, and shows nothing.
    pub fn muted(mut self) -> Self {
        self.mute = true;
        self
    }

    /// Refuses a format that fits findings alone; better before the work than after it.
    ///
    /// # Errors
    /// Exit 2.
    pub fn wants_no_findings(&self) -> Result<(), Failure> {
        match self.format.filter(|format| Format::OF_FINDINGS.contains(format)) {
            Some(format) => Err(Failure::new("usage.format", Exit::Usage, say!("usage-format-of-findings", format = format.name()))
                .hint(say!("usage-format-hint", known = known_formats()))),
            None => Ok(()),
        }
    }

    /// Takes it as known that the columns asked for are there.
    pub fn vetted(self) -> Self {
        self.vetted.set(true);
        self
    }

    /// Checks the columns asked for against those a report will have, before there is anything in it.
    ///
    /// # Errors
    /// Exit 2: one of them is not there.
    pub fn fits(&self, report: &Report) -> Result<()> {
        let mut empty = report.clone();
        empty.rows.clear();
        empty.stream = None;
        self.shaped(empty)?;
        self.vetted.set(true);
        Ok(())
    }

    /// What comes next changes something: whoever asked for columns that are not there hears so first.
    ///
    /// # Errors
    /// [`Unvetted`], which `cli::run` takes as a question.
    pub fn vet(&self) -> Result<()> {
        if self.vetted.get() { Ok(()) } else { Err(Unvetted.into()) }
    }

    /// Where the database is: `-d`, `SWJ_DATABASE`, or the configuration.
    ///
    /// # Errors
    /// Exit 2 when none of them says.
    pub fn url(&self) -> Result<Url, Failure> {
        let named = self.globals.database.as_deref().or_else(|| self.config.get("database.url"));
        named.map(Url::parse).ok_or_else(|| {
            Failure::new("database.not-named", Exit::Usage, say!("database-not-named")).hint(say!("database-not-named-hint"))
        })
    }

    /// The database, opened on first use; its schema must be this program's.
    ///
    /// # Errors
    /// The database is not there, not reachable, or of another schema version.
    pub fn db(&mut self) -> Result<&mut Db> {
        if self.db.is_none() {
            let mut db = Db::open(&self.url()?)?;
            require_current_schema(&mut db)?;
            self.db = Some(db);
        }
        Ok(self.db.as_mut().expect("opened above"))
    }

    /// Takes a database opened elsewhere, as `init` and `restore` do.
    pub fn use_database(&mut self, db: Db) {
        self.db = Some(db);
    }

    /// Closes the database in use, so that its file can be moved.
    pub fn leave_database(&mut self) {
        self.db = None;
    }

    /// Runs `work` in one transaction together with its audit-log entries, then seals the log.
    ///
    /// Under `--dry-run` the same statements run and are taken back: what the
    /// database would refuse is refused.
    ///
    /// # Errors
    /// What `work` returns, or the database.
    pub fn write<T>(&mut self, work: impl FnOnce(&mut Db, &mut Vec<Entry>) -> Result<T>) -> Result<T> {
        self.vet()?;
        let (actor, op_id, at) = (self.actor(), self.op_id.clone(), self.clock.now());
        let (dry_run, reason) = (self.globals.dry_run, self.globals.reason.clone());
        let db = self.db()?;
        crate::db::engine::share(db)?;
        let mut value = None;
        let ended: Result<(), Stop> = db.all_or_nothing(|db| {
            let mut entries = Vec::new();
            value = Some(work(db, &mut entries)?);
            crate::ledger::append(db, &actor, &op_id, at, reason.as_deref(), entries)?;
            if dry_run { Err(Stop::DryRun) } else { Ok(()) }
        });
        match ended {
            Ok(()) => {
                // The change is committed, with its entry; a seal that must wait is made by the next writer.
                if let Err(error) = crate::ledger::seal(db, at) {
                    self.remark(&say!("log-not-sealed", detail = error.to_string()));
                }
            }
            Err(Stop::DryRun) => {}
            Err(Stop::Error(error)) => return Err(error),
        }
        Ok(value.expect("work returned a value"))
    }

    /// Who is acting: OA login if bound, operating-system user, host.
    pub fn actor(&self) -> Actor {
        match self.config.acting(&Actor::names()) {
            Acting::As(login) => Actor::here(Some(&login)),
            // Who is bound acts as that one, whatever else he says.
            Acting::Another { bound, .. } => Actor::here(Some(&bound)),
            Acting::Nobody | Acting::Unbound { .. } => Actor::here(None),
        }
    }

    /// Writes into the log that a verb was refused to whoever wanted it. A database that cannot be opened keeps no log.
    ///
    /// # Errors
    /// The engine's.
    pub fn note_refusal(&self, verb: &str, failure: &Failure) -> Result<()> {
        let Some(mut db) = self.any_db() else { return Ok(()) };
        let (at, why) = (self.clock.now(), serde_json::json!({ "code": failure.code, "message": failure.message }));
        Ok(crate::ledger::refused(&mut db, &self.actor(), &self.op_id, at, verb, why, self.globals.reason.as_deref())?)
    }

    /// The database on a connection of its own, whatever its schema's age; none when it cannot be opened.
    pub fn any_db(&self) -> Option<Db> {
        Db::open(&self.url().ok()?).ok()
    }

    /// The output format: what was asked, else a table on a terminal and plain text elsewhere.
    pub fn format(&self) -> Format {
        self.format
            .unwrap_or_else(|| if self.globals.output.is_none() && std::io::stdout().is_terminal() { Format::Table } else { Format::Plain })
    }

    /// Prints a result: the only way to stdout.
    ///
    /// # Errors
    /// Exit 2 for an unknown field; the disk; a closed pipe.
    pub fn show(&self, report: Report) -> Result<()> {
        let mut report = masked(self.shaped(report)?);
        if self.mute {
            return Ok(());
        }
        let format = self.format();
        let paper = self.paper(format);
        if format == Format::Table && paper.width.is_some() && report.stream.is_some() {
            // Nobody reads more lines of a table on a screen; a file has them all.
            report.cap(1_000);
        }
        if let Some(path) = &self.globals.output
            && path.as_os_str() != "-"
        {
            write_file(path, |out| view::write(&report, &paper, out))?;
            self.tell_truncated(&report);
            return Ok(());
        }
        if format.is_binary() && std::io::stdout().is_terminal() {
            return Err(Failure::new("usage.binary", Exit::Usage, say!("usage-binary")).hint(say!("usage-binary-hint")).into());
        }
        let mut out = std::io::BufWriter::new(std::io::stdout().lock());
        view::write(&report, &paper, &mut out)?;
        out.flush()?;
        self.tell_truncated(&report);
        Ok(())
    }

    /// Prints what came after a result, without its heading: for what is followed line by line.
    ///
    /// # Errors
    /// As [`Context::show`].
    pub fn show_more(&self, report: Report) -> Result<()> {
        let report = masked(self.shaped(report)?);
        // Columns fit for the first rows may not fit for these.
        let format = if self.format() == Format::Table { Format::Plain } else { self.format() };
        let mut bytes = Vec::new();
        view::write(&report, &Paper { excel: false, ..self.paper(format) }, &mut bytes)?;
        let heading = matches!(format, Format::Plain | Format::Csv | Format::Tsv);
        let from = if heading { bytes.iter().position(|byte| *byte == b'\n').map_or(0, |end| end + 1) } else { 0 };
        let mut out = std::io::stdout().lock();
        out.write_all(&bytes[from..])?;
        out.flush()?;
        Ok(())
    }

    fn tell_truncated(&self, report: &Report) {
        if let Some(total) = report.truncated {
            self.remark(&say!("remark-truncated", shown = report.len(), total = total));
        }
    }

    /// Shows a plan on stderr before a question is asked; stdout stays for the result.
    ///
    /// # Errors
    /// A closed stderr.
    pub fn show_plan(&self, report: &Report) -> Result<()> {
        if self.will_ask() && !self.globals.quiet {
            let paper = Paper { format: Format::Table, ..self.paper(Format::Table) };
            view::write(&masked(report.clone()), &paper, &mut std::io::stderr().lock())?;
        }
        Ok(())
    }

    fn shaped(&self, mut report: Report) -> Result<Report, Failure> {
        // Who picks rows or columns wants those, not the official layout.
        if self.globals.fields.is_some() || self.globals.limit.is_some() || !self.globals.sort.is_empty() {
            report.document = None;
        }
        let shape = Shape {
            fields: self.globals.fields.clone(),
            sort: self.globals.sort.iter().map(|text| SortKey::parse(text)).collect(),
            limit: self.globals.limit,
        };
        view::shape(report, &shape).map_err(|view::ShapeError::UnknownField { field, known }| {
            Failure::new("usage.field", Exit::Usage, say!("usage-field", field = field))
                .hint(say!("usage-field-hint", known = known.join(", ")))
        })
    }

    fn paper(&self, format: Format) -> Paper {
        let terminal = self.globals.output.is_none() && std::io::stdout().is_terminal();
        Paper {
            format,
            width: terminal.then(|| console::Term::stdout().size().1 as usize),
            color: self.colored(terminal),
            excel: self.globals.excel,
            generated_at: self.clock.now().rfc3339(),
            ascii: true,
        }
    }

    fn colored(&self, terminal: bool) -> bool {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        match self.globals.color.as_deref() {
            Some("always") => true,
            Some("never") => false,
            _ if set("NO_COLOR") => false,
            _ if set("CLICOLOR_FORCE") || set("FORCE_COLOR") => true,
            _ => terminal && std::env::var("TERM").as_deref() != Ok("dumb"),
        }
    }

    /// Says a sentence to the person, on stderr.
    pub fn remark(&self, sentence: &str) {
        if !self.globals.quiet && !self.mute {
            // Nobody reads a closed stderr; that is no reason to fail.
            let _ = writeln!(std::io::stderr(), "{}", masked_text(sentence));
        }
    }

    /// Says how far a long job is, on stderr.
    pub fn progress(&self, what: &str, total: Option<u64>) -> Progress {
        let hidden = self.globals.quiet || self.mute || self.format().is_machine();
        Progress::start(what, total, hidden)
    }

    /// The same for a job that is counted in bytes.
    pub fn progress_of_bytes(&self, what: &str, total: Option<u64>) -> Progress {
        let hidden = self.globals.quiet || self.mute || self.format().is_machine();
        Progress::of_bytes(what, total, hidden)
    }

    /// Whether a question can be put to a person.
    pub fn interactive(&self) -> bool {
        !self.globals.no_input && std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
    }

    fn will_ask(&self) -> bool {
        !self.globals.dry_run && !self.globals.yes && self.interactive()
    }

    /// Asks before a change of the middle grade; `--yes` and `--dry-run` answer for themselves.
    ///
    /// # Errors
    /// Exit 8: no terminal and no `--yes`, or the person said no.
    pub fn go_ahead(&self, question: &str) -> Result<()> {
        self.vet()?;
        if self.globals.dry_run || self.globals.yes {
            return Ok(());
        }
        if !self.interactive() {
            return Err(Failure::new("confirm.needed", Exit::NotConfirmed, say!("confirm-needed"))
                .hint(say!("confirm-needed-hint"))
                .into());
        }
        let answer: String = Input::with_theme(&SimpleTheme).with_prompt(format!("{question} [y/N]")).allow_empty(true).interact_text()?;
        match answer.trim().to_lowercase().as_str() {
            "y" | "yes" | "是" => Ok(()),
            _ => Err(cancelled()),
        }
    }

    /// Asks for the target's name before a dangerous change; `--confirm NAME` answers.
    ///
    /// # Errors
    /// Exit 8: the name is missing or another one.
    pub fn go_ahead_by_name(&self, name: &str) -> Result<()> {
        self.vet()?;
        let typed = match &self.globals.confirm {
            _ if self.globals.dry_run => return Ok(()),
            Some(typed) => typed.clone(),
            None if self.interactive() => {
                Input::with_theme(&SimpleTheme).with_prompt(say!("confirm-type-name", name = name)).allow_empty(true).interact_text()?
            }
            None => {
                return Err(Failure::new("confirm.name-needed", Exit::NotConfirmed, say!("confirm-name-needed"))
                    .hint(say!("confirm-name-needed-hint", name = name))
                    .into());
            }
        };
        if typed.trim() == name { Ok(()) } else { Err(cancelled()) }
    }

    /// Asks for a line, with a value to take when Enter is pressed.
    ///
    /// # Errors
    /// The terminal.
    pub fn ask(&self, prompt: &str, default: Option<&str>) -> Result<String> {
        let input = || Input::<String>::with_theme(&SimpleTheme).with_prompt(prompt);
        if let Some(default) = default {
            return Ok(input().default(default.to_owned()).interact_text()?);
        }
        // The end of the input reads as an empty line: asked for ever nobody would get out.
        for _ in 0..3 {
            let answer = input().allow_empty(true).interact_text()?;
            if !answer.trim().is_empty() {
                return Ok(answer);
            }
        }
        Err(cancelled())
    }

    /// A password: from `file` if named, else asked on the terminal (twice when `new`).
    ///
    /// # Errors
    /// The file cannot be read or others may read it (exit 2); no terminal (exit 8).
    pub fn password(&self, file: Option<&Path>, prompt: &str, new: bool) -> Result<String> {
        if let Some(path) = file {
            return crate::secret::read(path);
        }
        if !self.interactive() {
            return Err(Failure::new("password.needed", Exit::NotConfirmed, say!("password-needed"))
                .hint(say!("password-needed-hint"))
                .into());
        }
        let mut ask = dialoguer::Password::new().with_prompt(prompt);
        if new {
            ask = ask.with_confirmation(say!("password-again"), say!("password-differs"));
        }
        Ok(ask.interact()?)
    }
}

/// Hides resident numbers wherever they stand: no output shows one whole.
fn masked(mut report: Report) -> Report {
    report.rows.iter_mut().flatten().for_each(mask);
    report.stream = report.stream.map(|stream| stream.veiled(mask));
    if let Some(inspection) = &mut report.inspection {
        for text in inspection.gone.iter_mut().flatten() {
            if let std::borrow::Cow::Owned(hidden) = masked_text(text) {
                *text = hidden;
            }
        }
    }
    report
}

fn mask(cell: &mut Cell) {
    match cell {
        Cell::Text(text) => {
            if let std::borrow::Cow::Owned(hidden) = masked_text(text) {
                *text = hidden;
            }
        }
        Cell::Json(value) => {
            let text = value.to_string();
            if let std::borrow::Cow::Owned(hidden) = masked_text(&text) {
                *value = serde_json::from_str(&hidden).unwrap_or(serde_json::Value::String(hidden));
            }
        }
        _ => {}
    }
}

/// Ends a transaction early without an error.
enum Stop {
    DryRun,
    Error(anyhow::Error),
}

impl From<DbError> for Stop {
    fn from(error: DbError) -> Self {
        Self::Error(error.into())
    }
}

impl From<anyhow::Error> for Stop {
    fn from(error: anyhow::Error) -> Self {
        Self::Error(error)
    }
}

fn cancelled() -> anyhow::Error {
    Failure::new("confirm.cancelled", Exit::NotConfirmed, say!("confirm-cancelled")).into()
}

fn format_of(globals: &Globals) -> Result<Option<Format>, Failure> {
    let unknown = |word: &str| {
        Failure::new("usage.format", Exit::Usage, say!("usage-format", value = word.to_owned()))
            .hint(say!("usage-format-hint", known = known_formats()))
    };
    if let Some(word) = &globals.format {
        return Format::from_name(word).map(Some).ok_or_else(|| unknown(word));
    }
    match &globals.output {
        Some(path) if path.as_os_str() != "-" => Format::from_ending(path).map(Some).ok_or_else(|| unknown(&path.display().to_string())),
        _ => Ok(None),
    }
}

fn known_formats() -> String {
    Format::ALL.iter().map(|format| format.name()).collect::<Vec<_>>().join(", ")
}

fn require_current_schema(db: &mut Db) -> Result<()> {
    let steps = db::migrations(db)?;
    if let Some(newer) = steps.iter().find(|step| !step.known) {
        return Err(Failure::new("database.newer", Exit::Conflict, say!("database-newer", version = newer.version.clone()))
            .hint(say!("database-newer-hint"))
            .into());
    }
    if steps.iter().all(|step| !step.applied) {
        return Err(Failure::new("database.empty", Exit::NotFound, say!("database-empty")).hint(say!("database-empty-hint")).into());
    }
    let missing = steps.iter().filter(|step| !step.applied).count();
    if missing > 0 {
        return Err(Failure::new("database.older", Exit::Conflict, say!("database-older", count = missing))
            .hint(say!("database-older-hint"))
            .into());
    }
    Ok(())
}

/// Reads a day from the command line.
///
/// # Errors
/// Exit 2 for what is no day.
pub fn parse_day(text: &str) -> Result<jiff::civil::Date, Failure> {
    crate::calendar::read_day(text)
        .ok_or_else(|| Failure::new("usage.day", Exit::Usage, say!("usage-day", value = text.to_owned())).hint(say!("usage-day-hint")))
}

/// Whether a file can be made there: better known before the work than after it.
///
/// # Errors
/// A folder, or one that is not there or not ours to write in.
pub fn can_be_made(path: &Path) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match path.metadata() {
        Ok(there) if there.is_dir() => return Err(of_file(path, &std::io::ErrorKind::IsADirectory.into())),
        // A device or a pipe.
        Ok(there) if !there.is_file() => return Ok(()),
        _ => {}
    }
    tempfile::tempfile_in(folder).map(drop).map_err(|error| of_file(path, &error))
}

/// Writes a file whole or not at all: beside it first, then renamed over it.
///
/// # Errors
/// The disk.
pub fn write_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let attempt = || -> std::io::Result<()> {
        // A device or a pipe is written to, never replaced: the superuser could put a file in the place of /dev/null.
        if path.metadata().is_ok_and(|there| !there.is_file() && !there.is_dir()) {
            let mut out = std::io::BufWriter::new(std::fs::OpenOptions::new().write(true).open(path)?);
            write(&mut out)?;
            return out.flush();
        }
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        {
            let mut out = std::io::BufWriter::new(file.as_file_mut());
            write(&mut out)?;
            out.flush()?;
        }
        file.as_file().sync_all()?;
        let file = file.persist(path).map_err(|error| error.error)?;
        make_readable(&file)
    };
    attempt().map_err(|error| of_file(path, &error).into())
}

/// Temporary files are private; a report is as readable as the umask allows.
fn make_readable(file: &std::fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mask = rustix::process::umask(rustix::fs::Mode::empty());
    rustix::process::umask(mask);
    file.set_permissions(std::fs::Permissions::from_mode(0o666 & !mask.bits()))
}
