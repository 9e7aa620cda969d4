//! What every import says and does: reading the file, rejects, the plan, counts that add up.

use std::path::PathBuf;

use anyhow::Result;

use super::columns::{left, report, right};
use super::faults;
use crate::context::{Context, Outcome};
use crate::failure::{Exit, Failure};
use crate::intake::{self, Field, Line, Opened, RejectsWriter, Row, Rows};
use crate::locale::LOADER;
use crate::plan::{Change, Counts, Facts, Plan, Reject};
use crate::say;
use crate::view::{Cell, Report};

/// The options every import takes.
#[derive(Debug, clap::Args)]
pub(crate) struct ImportArgs {
    /// The table to read: CSV, TSV, another delimited text, or XLSX
    // Optional only where a plan put down earlier is carried out instead.
    #[arg(required = true)]
    file: Option<PathBuf>,
    /// Write rejected rows here, with line, rule and remedy
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// What to do with the good rows when there are bad ones
    #[arg(long, value_enum, default_value = "abort", value_name = "WHAT")]
    on_error: OnError,
    /// Encoding, when it is guessed wrong
    #[arg(long, value_name = "NAME")]
    encoding: Option<String>,
    /// Sheet of a workbook: name or number
    #[arg(long, value_name = "SHEET")]
    sheet: Option<String>,
    /// What parts the cells of a text, when it is guessed wrong
    #[arg(long, value_name = "CHAR")]
    delimiter: Option<char>,
    /// Line of the header, when it is not found
    #[arg(long, value_name = "LINE")]
    header_row: Option<u64>,
    /// Column to use for a field: title or number
    #[arg(long, value_name = "FIELD=COLUMN", value_parser = field_and_column)]
    map: Vec<(String, String)>,
}

impl ImportArgs {
    /// The sheet a person asked for.
    pub(crate) fn sheet(&self) -> Option<&str> {
        self.sheet.as_deref()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum OnError {
    Abort,
    Skip,
}

fn field_and_column(text: &str) -> Result<(String, String), String> {
    text.split_once('=').map(|(field, column)| (field.to_owned(), column.to_owned())).ok_or_else(|| "FIELD=COLUMN".to_owned())
}

fn same_file(one: &std::path::Path, other: &std::path::Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

/// What was read of a file: good rows, rejects, counts so far.
pub(crate) struct Gathered<T> {
    pub opened: Opened,
    pub rows: Vec<T>,
    pub rejects: Vec<Reject>,
    pub counts: Counts,
    /// Column titles of the file by field key, for messages.
    titles: Vec<(&'static str, String)>,
}

impl ImportArgs {
    /// The file to read.
    pub(crate) fn file(&self) -> &std::path::Path {
        self.file.as_deref().unwrap_or(std::path::Path::new(""))
    }

    /// Reads the whole file; `read` turns a row into something or says what is wrong with it.
    ///
    /// # Errors
    /// The file as a whole cannot be used.
    pub(crate) fn gather<T>(
        &self,
        ctx: &Context,
        fields: &'static [Field],
        mut read: impl FnMut(&Row) -> Result<T, Vec<Reject>>,
    ) -> Result<Gathered<T>> {
        let (opened, lines) = self.open(ctx, fields)?;
        let progress = ctx.progress(&say!("progress-reading"), None);
        let mut gathered = Gathered { opened, rows: Vec::new(), rejects: Vec::new(), counts: Counts::default(), titles: Vec::new() };
        for line in lines {
            progress.advance(1);
            match line {
                Ok(Line::Skipped { .. }) => {
                    gathered.counts.read += 1;
                    gathered.counts.skipped += 1;
                }
                Ok(Line::Row(row)) => {
                    if gathered.titles.is_empty() {
                        gathered.titles = fields.iter().map(|field| (field.key, row.column_title(field.key).to_owned())).collect();
                    }
                    match read(&row) {
                        Ok(found) => gathered.rows.push(found),
                        Err(faults) => gathered.reject(faults),
                    }
                }
                Err(fault) => {
                    let reject = faults::of_row(fault);
                    gathered.reject(vec![reject]);
                }
            }
        }
        Ok(gathered)
    }

    /// Opens the file and says how it is read.
    ///
    /// # Errors
    /// The file as a whole cannot be used.
    pub(crate) fn open(&self, ctx: &Context, fields: &'static [Field]) -> Result<(Opened, Rows)> {
        if self.rejects.as_ref().is_some_and(|rejects| same_file(rejects, self.file())) {
            return Err(Failure::new(
                "import.rejects-same",
                Exit::Usage,
                say!("import-rejects-same", path = self.file().display().to_string()),
            )
            .hint(say!("import-rejects-same-hint"))
            .into());
        }
        // Every import shows the same columns: whoever asks for others hears so before the file is read.
        ctx.fits(&empty_report("import"))?;
        let (opened, lines) = self.reopen(fields)?;
        tell_how(ctx, self.file(), &opened);
        if !opened.ignored.is_empty() {
            ctx.remark(&say!("import-ignored-columns", columns = opened.ignored.join(", ")));
        }
        Ok((opened, lines))
    }

    /// Opens a file once more without a word; one that came through a pipe is gone.
    ///
    /// # Errors
    /// The file as a whole cannot be used.
    pub(crate) fn reopen(&self, fields: &'static [Field]) -> Result<(Opened, Rows)> {
        let options = intake::Options {
            encoding: self.encoding.clone(),
            header_row: self.header_row,
            map: self.map.clone(),
            sheet: self.sheet.clone(),
            delimiter: self.delimiter,
        };
        Ok(intake::open(self.file(), fields, &options).map_err(|error| faults::of_intake(self.file(), &error))?)
    }

    /// Ends an import: shows the plan, asks, writes, says what was done.
    ///
    /// # Errors
    /// Refusals, the database, a missing confirmation.
    pub(crate) fn finish(
        &self,
        ctx: &mut Context,
        gathered: Summary,
        report: Report,
        apply: impl FnOnce(&mut Context) -> Result<()>,
    ) -> Result<Outcome> {
        let Summary { opened, rejects, counts, titles, written, writes, refused, ask } = gathered;
        debug_assert!(counts.add_up(), "{counts:?}");
        self.write_rejects(&opened, &rejects, &titles, written)?;
        let refused = counts.rejected > 0 && (refused || self.on_error == OnError::Abort);
        let outcome = match (counts.rejected == 0, refused) {
            (true, _) => "complete",
            (false, false) => "partial",
            (false, true) => "rejected",
        };
        let report = with_counts(report, &counts, &rejects).with_summary("outcome", outcome);
        let writes = writes.unwrap_or(counts.added + counts.changed + counts.withdrawn);
        let line = counted(&counts);
        if refused {
            ctx.show(report)?;
            ctx.remark(&line);
            ctx.remark(&say!("import-refused", count = counts.rejected.to_string()));
            return Ok(Outcome::LookAtIt);
        }
        match &ask {
            // A plan that is put down and not carried out is put down also when nothing is in it.
            Ask::Never => apply(ctx)?,
            _ if writes == 0 => {}
            ask => {
                ctx.show_plan(&report)?;
                ask.put(ctx, writes)?;
                apply(ctx)?;
            }
        }
        ctx.show(report)?;
        ctx.remark(&line);
        match (writes, ctx.globals.dry_run) {
            (0, _) => ctx.remark(&say!("import-nothing")),
            (_, true) => ctx.remark(&say!("dry-run")),
            _ => {}
        }
        Ok(if counts.rejected == 0 { Outcome::Done } else { Outcome::LookAtIt })
    }

    /// Ends a comparison that never writes: exit 3 when there is a difference or a reject.
    ///
    /// # Errors
    /// The rejects file, stdout.
    pub(crate) fn compared(&self, ctx: &mut Context, gathered: Summary, report: Report) -> Result<Outcome> {
        let Summary { opened, rejects, counts, titles, written, .. } = gathered;
        self.write_rejects(&opened, &rejects, &titles, written)?;
        let report = with_counts(report, &counts, &rejects);
        let same = counts.rejected == 0 && counts.added + counts.changed + counts.withdrawn == 0;
        ctx.show(report)?;
        ctx.remark(&counted(&counts));
        Ok(if same { Outcome::Done } else { Outcome::LookAtIt })
    }

    fn write_rejects(
        &self,
        opened: &Opened,
        rejects: &[Reject],
        titles: &[(&'static str, String)],
        written: Option<RejectsWriter>,
    ) -> Result<()> {
        let Some(path) = &self.rejects else { return Ok(()) };
        let write = || -> std::io::Result<()> {
            if rejects.is_empty() {
                return RejectsWriter::clear(path);
            }
            if let Some(file) = written {
                return file.finish();
            }
            let mut file = RejectsWriter::create(path, &opened.header)?;
            for faults in rejects.chunk_by(|one, next| one.line == next.line && one.cells == next.cells) {
                write_reject(&mut file, faults, titles)?;
            }
            file.finish()
        };
        write().map_err(|error| crate::failure::of_file(path, &error))?;
        Ok(())
    }
}

/// One row with all that is wrong with it: mended, it is one row again.
fn write_reject(file: &mut RejectsWriter, faults: &[Reject], titles: &[(&'static str, String)]) -> std::io::Result<()> {
    let Some(first) = faults.first() else { return Ok(()) };
    let all = |of: &dyn Fn(&Reject) -> String| faults.iter().map(of).collect::<Vec<_>>().join("; ");
    let column =
        |reject: &Reject| titles.iter().find(|(key, _)| *key == reject.column).map_or(reject.column, |(_, title)| title).to_owned();
    file.write(&first.cells, first.line, &all(&column), &all(&|reject| reject.rule.to_owned()), &all(&reason), &all(&remedy))
}

/// Rejects so many are kept for the report; the file for rejects holds them all.
const MOST_KEPT: usize = 10_000;

/// Rejects of a list that streams by: written as they come, the first of them kept.
pub(crate) struct Stream {
    rejects: Vec<Reject>,
    writer: Option<RejectsWriter>,
    path: Option<PathBuf>,
    titles: Vec<(&'static str, String)>,
    refused: bool,
}

impl Stream {
    /// Begins the file for rejects, if one is wanted.
    ///
    /// # Errors
    /// The disk.
    pub(crate) fn new(args: &ImportArgs, opened: &Opened, rows: &Rows, fields: &'static [Field]) -> Result<Self> {
        let titles = fields.iter().enumerate().map(|(number, field)| (field.key, rows.title(number).to_owned())).collect();
        let writer = match &args.rejects {
            Some(path) => Some(RejectsWriter::create(path, &opened.header).map_err(|error| crate::failure::of_file(path, &error))?),
            None => None,
        };
        Ok(Self { rejects: Vec::new(), writer, path: args.rejects.clone(), titles, refused: false })
    }

    /// Takes the faults of one row.
    ///
    /// # Errors
    /// The disk.
    pub(crate) fn reject(&mut self, faults: Vec<Reject>) -> Result<()> {
        if let (Some(writer), Some(path)) = (&mut self.writer, &self.path) {
            for faults in faults.chunk_by(|one, next| one.line == next.line && one.cells == next.cells) {
                write_reject(writer, faults, &self.titles).map_err(|error| crate::failure::of_file(path, &error))?;
            }
        }
        self.rejects.extend(faults.into_iter().take(MOST_KEPT.saturating_sub(self.rejects.len())));
        Ok(())
    }

    /// Lets nothing be written while there are rejects, whatever `--on-error` says.
    pub(crate) fn refuse(&mut self) {
        self.refused = true;
    }

    /// What [`ImportArgs::finish`] needs; `writes` counts what is written beside the rows.
    pub(crate) fn summary(mut self, opened: Opened, counts: Counts, writes: u64) -> Summary {
        self.rejects.sort_by_key(|reject| reject.line);
        Summary {
            opened,
            rejects: self.rejects,
            counts,
            titles: self.titles,
            written: self.writer,
            writes: Some(writes),
            refused: self.refused,
            ask: Ask::default(),
        }
    }
}

/// Says how the file was read, and what of it was not.
fn tell_how(ctx: &Context, file: &std::path::Path, opened: &Opened) {
    let (file, line) = (file.display().to_string(), opened.header_line.to_string());
    match &opened.sheet {
        None => ctx.remark(&say!("import-read-as", file = file, encoding = opened.encoding, line = line)),
        Some(sheet) => ctx.remark(&say!("import-read-sheet", file = file, sheet = sheet.clone(), line = line)),
    }
    if opened.hidden_rows + opened.hidden_columns > 0 {
        ctx.remark(&say!("import-hidden", rows = opened.hidden_rows.to_string(), columns = opened.hidden_columns.to_string()));
    }
    if !opened.other_sheets.is_empty() {
        ctx.remark(&say!("import-other-sheets", sheets = opened.other_sheets.join(", ")));
    }
}

pub(crate) fn counted(counts: &Counts) -> String {
    say!(
        "import-counts",
        read = counts.read.to_string(),
        added = counts.added.to_string(),
        changed = counts.changed.to_string(),
        unchanged = counts.unchanged.to_string(),
        withdrawn = counts.withdrawn.to_string(),
        rejected = counts.rejected.to_string(),
        skipped = counts.skipped.to_string()
    )
}

/// A gathered file without its rows.
pub(crate) struct Summary {
    pub opened: Opened,
    pub rejects: Vec<Reject>,
    pub counts: Counts,
    titles: Vec<(&'static str, String)>,
    /// The file for rejects, where they were written as they came.
    written: Option<RejectsWriter>,
    /// How many objects would be written, where that is not the number of rows.
    writes: Option<u64>,
    refused: bool,
    ask: Ask,
}

/// What is asked before an import writes.
#[derive(Clone, Debug, Default)]
pub(crate) enum Ask {
    #[default]
    Plainly,
    /// By the name of the database: more goes than a list is likely to mean.
    ByName(String),
    Never,
}

impl Ask {
    /// Puts the question.
    ///
    /// # Errors
    /// Exit 8: no terminal and no flag that answers, or the answer is no.
    pub(crate) fn put(&self, ctx: &Context, writes: u64) -> Result<()> {
        match self {
            Self::Plainly => ctx.go_ahead(&say!("import-question", count = writes.to_string())),
            Self::ByName(name) => ctx.go_ahead_by_name(name),
            Self::Never => Ok(()),
        }
    }
}

impl Summary {
    /// Lets nothing be written while there are rejects, whatever `--on-error` says.
    pub(crate) fn refusing(mut self) -> Self {
        self.refused = true;
        self
    }

    /// Asks otherwise than by yes or no.
    pub(crate) fn asking(mut self, ask: Ask) -> Self {
        self.ask = ask;
        self
    }

    /// Counts what is written beside the rows.
    pub(crate) fn and_writes(mut self, more: u64) -> Self {
        self.writes = Some(self.counts.added + self.counts.changed + self.counts.withdrawn + more);
        self
    }
}

impl<T> Gathered<T> {
    fn reject(&mut self, mut faults: Vec<Reject>) {
        self.counts.read += 1;
        self.counts.rejected += 1;
        self.rejects.append(&mut faults);
    }

    /// Counts rows that say nothing to be compared.
    pub(crate) fn pass_over(&mut self, rows: u64) {
        self.counts.read += rows;
        self.counts.skipped += rows;
    }

    /// Adds what the comparison found; returns the rest for [`ImportArgs::finish`].
    pub(crate) fn planned<F>(mut self, plan: &mut Plan<F>) -> Summary {
        self.rejects.append(&mut plan.rejects);
        self.sum(plan.counts)
    }

    /// Adds counts made elsewhere.
    pub(crate) fn sum(mut self, counts: Counts) -> Summary {
        self.counts.read += counts.read;
        self.counts.added += counts.added;
        self.counts.changed += counts.changed;
        self.counts.unchanged += counts.unchanged;
        self.counts.withdrawn += counts.withdrawn;
        self.counts.rejected += counts.rejected;
        self.counts.skipped += counts.skipped;
        self.rejects.sort_by_key(|reject| reject.line);
        Summary {
            opened: self.opened,
            rejects: self.rejects,
            counts: self.counts,
            titles: self.titles,
            written: None,
            writes: None,
            refused: false,
            ask: Ask::default(),
        }
    }
}

/// What the plan was made from is not what is there now.
pub(crate) fn moved(key: &str) -> anyhow::Error {
    Failure::new("changed-meanwhile", Exit::Conflict, say!("changed-meanwhile", key = key)).hint(say!("changed-meanwhile-hint")).into()
}

/// The report of an import: one row per object added, per field changed, per reject.
pub(crate) fn plan_report<F: Facts>(schema: &'static str, changes: &[Change<F>]) -> Report {
    let mut report = empty_report(schema);
    for change in changes {
        if change.before.is_none() {
            push(&mut report, change.line, "add", change.after.key(), "", None, None);
        }
        for (field, old, new) in &change.differences {
            push(&mut report, change.line, "change", change.after.key(), field, old.clone(), new.clone());
        }
    }
    report
}

/// The columns of every import's report.
pub(crate) fn empty_report(schema: &'static str) -> Report {
    let mut report = report(
        schema,
        vec![right("line"), left("change"), left("key"), left("field"), left("before"), left("after"), left("rule"), left("reason")],
    );
    report.key = 2;
    report
}

/// One row of an import's report.
pub(crate) fn push(report: &mut Report, line: u64, change: &str, key: &str, field: &str, before: Option<String>, after: Option<String>) {
    let field = if field.is_empty() { Cell::Empty } else { field.into() };
    // What no row of the file speaks of has no line.
    let line = if line == 0 { Cell::Empty } else { line.into() };
    report.push(vec![line, change.into(), key.into(), field, before.into(), after.into(), Cell::Empty, Cell::Empty]);
}

/// A row of an import's report about what stays though it might go, with the reason.
pub(crate) fn push_kept(report: &mut Report, key: &str, rule: &'static str) {
    let (reason, empty) = (rule_broken(rule, key), Cell::Empty);
    report.push(vec![Cell::Empty, "absent".into(), key.into(), empty.clone(), empty.clone(), empty, rule.into(), reason.into()]);
}

pub(crate) fn with_counts(mut report: Report, counts: &Counts, rejects: &[Reject]) -> Report {
    for reject in rejects {
        let field = if reject.column.is_empty() { Cell::Empty } else { reject.column.into() };
        report.push(vec![
            reject.line.into(),
            "reject".into(),
            Cell::Empty,
            field,
            Cell::Empty,
            reject.value.clone().into(),
            reject.rule.into(),
            reason(reject).into(),
        ]);
    }
    report
        .with_summary("read", counts.read)
        .with_summary("added", counts.added)
        .with_summary("changed", counts.changed)
        .with_summary("unchanged", counts.unchanged)
        .with_summary("withdrawn", counts.withdrawn)
        .with_summary("rejected", counts.rejected)
        .with_summary("skipped", counts.skipped)
}

/// Why a row was rejected, in the person's language.
fn reason(reject: &Reject) -> String {
    rule_broken(reject.rule, &reject.value)
}

/// What to do about it.
fn remedy(reject: &Reject) -> String {
    remedy_of(reject.rule)
}

/// How a value breaks a rule, in the person's language.
pub(crate) fn rule_broken(rule: &str, value: &str) -> String {
    LOADER.get_args(&format!("rule-{rule}"), [("value", value.to_owned())].into_iter().collect::<std::collections::HashMap<_, _>>())
}

/// Refuses a name that runs over several lines: it would break every list it stands in.
///
/// # Errors
/// Exit 2 under this code.
pub(crate) fn on_one_line(code: &'static str, name: &str) -> Result<()> {
    if !crate::people::broken(name) {
        return Ok(());
    }
    let name = name.replace(|letter: char| letter.is_control() || "\u{2028}\u{2029}".contains(letter), "␤");
    Err(Failure::new(code, Exit::Usage, rule_broken("name-broken", &name)).hint(remedy_of("name-broken")).into())
}

/// What to do about a broken rule.
pub(crate) fn remedy_of(rule: &str) -> String {
    LOADER.get(&format!("fix-{rule}"))
}
