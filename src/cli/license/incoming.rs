//! A list on its way in: read on one thread, put into the database's temporary tables on another.

use std::collections::BTreeMap;
use std::sync::mpsc::sync_channel;

use anyhow::Result;
use serde_json::{Map, Value, json};

use super::seen::{HeadSight, Seen, Sight};
use crate::catalogue::{self, Above, Incoming, ItemFault, ItemWarning, LICENSE_FIELDS, Limit, Present, read_item, text_columns};
use crate::cli::import::{ImportArgs, Stream};
use crate::context::{Context, parse_day};
use crate::db::license_import::{self as staging, Columns, Planned, Scope, StageRow};
use crate::db::license_load::FirstLoad;
use crate::db::{Day, Db, licenses, spill};
use crate::failure::{Exit, Failure, of_file};
use crate::intake::{IntakeError, Line, Opened, Row, Rows};
use crate::plan::{Counts, Reject};
use crate::progress::Progress;
use crate::say;

/// The options of `import` and `diff`.
#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(super) import: ImportArgs,
    /// Organ for rows that name none
    #[arg(long, value_name = "NAME")]
    pub(super) organ: Option<String>,
    /// Day the list takes effect; today if not given
    #[arg(long, value_name = "DATE")]
    pub(super) effective: Option<String>,
    /// What a bare 办结时限 is: promise or legal
    #[arg(long, value_name = "KIND", value_parser = ["promise", "legal"], default_value = "promise")]
    pub(super) limit_as: String,
    /// The list is complete: withdraw what it leaves out, within --scope
    #[arg(long, requires = "scope")]
    pub(super) full: bool,
    /// What a complete list speaks for: all, organ=NAME, type=CODE or lead=NAME
    #[arg(long, value_name = "SCOPE")]
    pub(super) scope: Option<String>,
    /// Withdraw up to so many items, though it is more than a fifth
    #[arg(long, value_name = "N", requires = "full")]
    pub(super) allow_withdraw: Option<i64>,
    /// Treat doubts as faults
    #[arg(long)]
    pub(super) strict: bool,
}

/// Rows of one report; the totals are always true.
pub(super) const MOST_SHOWN: usize = 10_000;
const BATCH: usize = 2_000;
/// Lines named for each kind of doubt.
const LINES_NAMED: usize = 10;

/// A list compared with the catalogue.
pub(super) struct Compared {
    pub opened: Opened,
    pub columns: Columns,
    pub stream: Stream,
    pub counts: Counts,
    pub effective: Day,
    pub scope: Option<Scope>,
    /// How many rows raised a doubt.
    pub doubtful: u64,
    /// Doubt and the first lines that raised it.
    pub doubts: BTreeMap<&'static str, (u64, Vec<u64>)>,
    /// The newest batch when the comparison was made.
    pub revision: i64,
    /// Items to be written, bare names above others included.
    pub writes: u64,
    /// Of a list that was written as it was read, the first items it added: nothing of it is staged.
    pub adds: Option<Vec<Planned>>,
}

/// What the reading thread sends: items with what costs time to make, faults, lines passed over.
#[derive(Default)]
struct Parcel {
    items: Vec<Parsed>,
    faults: Vec<Vec<Reject>>,
    skipped: u64,
}

struct Parsed {
    item: Incoming,
    warnings: Vec<ItemWarning>,
    fingerprint: String,
    raw: String,
}

/// A list opened and not read yet.
pub(super) struct Listing {
    pub opened: Opened,
    pub stream: Stream,
    pub columns: Columns,
    pub effective: Day,
    /// The newest batch when the list was opened.
    pub revision: i64,
    /// What the file has columns for, for the fingerprints.
    key: String,
    scope: Option<Scope>,
    organ: Option<(String, String)>,
    legal: bool,
    by_code_alone: bool,
    strict: bool,
    progress: Progress,
}

/// What reading a list tells by itself.
#[derive(Default)]
pub(super) struct Tally {
    pub counts: Counts,
    /// How many rows raised a doubt.
    pub doubtful: u64,
    /// Doubt and the first lines that raised it.
    pub doubts: BTreeMap<&'static str, (u64, Vec<u64>)>,
}

impl Tally {
    fn doubt(&mut self, word: &'static str, line: u64) {
        let (n, lines) = self.doubts.entry(word).or_default();
        *n += 1;
        if lines.len() < LINES_NAMED {
            lines.push(line);
        }
    }
}

/// A list that cannot be written while it is read: it must be compared as a whole first.
#[derive(Debug)]
pub(super) struct NotPlain;

impl std::fmt::Display for NotPlain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the list must be compared as a whole")
    }
}

impl std::error::Error for NotPlain {}

impl Listing {
    /// Opens the list and says how it is read.
    pub(super) fn open(ctx: &mut Context, args: &ListArgs) -> Result<(Self, Rows)> {
        let effective: Day = match &args.effective {
            Some(text) => parse_day(text)?.into(),
            None => ctx.clock.today().into(),
        };
        let scope = args.scope.as_deref().map(scope).transpose()?;
        let (opened, rows) = args.import.open(ctx, LICENSE_FIELDS)?;
        let stream = Stream::new(&args.import, &opened, &rows, LICENSE_FIELDS)?;
        if args.full && args.import.sheet().is_none() && !opened.other_sheets.is_empty() {
            let sheets = opened.other_sheets.join(", ");
            return Err(Failure::new("license.sheets-unread", Exit::Conflict, say!("license-sheets-unread", sheets = sheets))
                .hint(say!("license-sheets-unread-hint"))
                .into());
        }
        let present = Present::of(|key| catalogue::field_number(key).is_some_and(|number| rows.has(number)));
        if !present.name && !present.code {
            let best = vec![(opened.header_line, opened.header, present.columns.len())];
            let error = IntakeError::NoHeader { best, missing: vec!["name"] };
            return Err(crate::cli::faults::of_intake(args.import.file(), &error).into());
        }
        let listing = Self {
            opened,
            stream,
            columns: columns(&present, args),
            effective,
            revision: licenses::newest_batch(ctx.db()?, false)?,
            key: format!("{present:?}"),
            scope: scope.filter(|_| args.full),
            organ: args.organ.as_ref().map(|name| (name.clone(), catalogue::name_key(name))),
            legal: args.limit_as == "legal",
            by_code_alone: !present.name,
            strict: args.strict,
            progress: ctx.progress(&say!("progress-reading"), None),
        };
        Ok((listing, rows))
    }

    /// Reads the rows into the stage, or by it straight into the catalogue.
    fn read(&mut self, db: &mut Db, rows: Rows, stage: &mut Staging<'_>) -> Result<Tally> {
        let mut tally = Tally::default();
        let (key, organ, legal, by_code_alone) = (self.key.as_str(), self.organ.as_ref(), self.legal, self.by_code_alone);
        let (send, receive) = sync_channel::<Parcel>(4);
        std::thread::scope(|scope| {
            scope.spawn(move || {
                let mut parcel = Parcel::default();
                let mut held: Option<Parsed> = None;
                for line in rows {
                    match line {
                        Ok(Line::Skipped { .. }) => parcel.skipped += 1,
                        Ok(Line::Row(row)) => match parse(row, legal, organ, key) {
                            Err(faults) => parcel.faults.push(faults),
                            Ok(parsed) if by_code_alone => {
                                // One line per material or fee: lines of one code make one item.
                                match &mut held {
                                    Some(before) if before.item.code == parsed.item.code => {
                                        before.absorb(parsed);
                                        parcel.skipped += 1;
                                    }
                                    _ => parcel.items.extend(held.replace(parsed)),
                                }
                            }
                            Ok(parsed) => parcel.items.push(parsed),
                        },
                        Err(fault) => parcel.faults.push(vec![crate::cli::faults::of_row(fault)]),
                    }
                    if parcel.items.len() + parcel.faults.len() >= BATCH && send.send(std::mem::take(&mut parcel)).is_err() {
                        return;
                    }
                }
                parcel.items.extend(held.map(|parsed| parsed.finished(key)));
                // The other side has stopped for a reason of its own.
                let _ = send.send(parcel);
            });
            for parcel in receive {
                tally.counts.read += parcel.items.len() as u64 + parcel.faults.len() as u64 + parcel.skipped;
                tally.counts.skipped += parcel.skipped;
                self.progress.advance((parcel.items.len() + parcel.faults.len()) as u64);
                for faults in parcel.faults {
                    stage.reject(&mut self.stream, &mut tally, faults)?;
                }
                for parsed in parcel.items {
                    tally.doubtful += u64::from(!parsed.warnings.is_empty());
                    for warning in &parsed.warnings {
                        tally.doubt(warning.word(), parsed.item.line);
                    }
                    if let (true, Some(first)) = (self.strict, parsed.warnings.first()) {
                        let cells = parsed.item.cells;
                        let value = first.word().to_owned();
                        let reject = Reject { line: parsed.item.line, column: "", rule: "doubt", value, cells };
                        stage.reject(&mut self.stream, &mut tally, vec![reject])?;
                        continue;
                    }
                    match stage.take(db, parsed)? {
                        Taken::Staged => {}
                        Taken::Again => tally.counts.skipped += 1,
                        Taken::Otherwise(reject) => stage.reject(&mut self.stream, &mut tally, vec![reject])?,
                    }
                }
            }
            Ok::<_, anyhow::Error>(())
        })?;
        Ok(tally)
    }

    /// Reads the list straight into an empty catalogue.
    ///
    /// # Errors
    /// [`NotPlain`] where a row is refused or leans on one that comes later; the engine's.
    pub(super) fn load(&mut self, db: &mut Db, rows: Rows, load: &mut FirstLoad) -> Result<Tally> {
        let mut stage = Staging { columns: self.key.clone(), sink: Sink::Catalogue(load), ..Staging::default() };
        let tally = self.read(db, rows, &mut stage)?;
        stage.finish(db)?;
        Ok(tally)
    }

    /// Reads the list, stages it and compares it.
    pub(super) fn compare(mut self, db: &mut Db, rows: Rows, allowed: Option<i64>) -> Result<Compared> {
        staging::open(db)?;
        let known = staging::known(db)?;
        let mut stage = Staging { columns: self.key.clone(), sink: Sink::Stage { settle: known }, ..Staging::default() };
        let Tally { mut counts, mut doubts, mut doubtful } = self.read(db, rows, &mut stage)?;
        let coded_parents = stage.coded_parents;
        stage.finish(db)?;
        staging::match_up(db, &self.columns, coded_parents, known)?;
        for (action, n) in staging::counts(db)? {
            match action.as_str() {
                "add" => counts.added += n,
                "same" => counts.unchanged += n,
                "change" | "return" => counts.changed += n,
                _ => counts.rejected += n,
            }
        }
        let mut ended: Result<()> = Ok(());
        staging::faults(db, |line, rule, value, raw| {
            let cells: Vec<String> = serde_json::from_str(&raw).unwrap_or_default();
            let rule = FAULTS.into_iter().find(|known| *known == rule).unwrap_or(FAULTS[0]);
            let column = if rule == "parent-missing" { "base_code" } else { "name" };
            if ended.is_ok() {
                ended = self.stream.reject(vec![Reject { line, column, rule, value, cells }]);
            }
        })?;
        ended?;
        for (line, new, old) in staging::other_codes(db, MOST_SHOWN)? {
            let (n, lines) = doubts.entry("name-under-another-code").or_default();
            *n += 1;
            doubtful += 1;
            if lines.len() < LINES_NAMED {
                lines.push(line);
            }
            debug_assert_ne!(new, old);
        }
        if let Some((item, from)) = staging::later_version(db, self.effective)? {
            return Err(Failure::new(
                "license.later-version",
                Exit::Conflict,
                say!("license-later-version", item = item, from = from, effective = self.effective.to_string()),
            )
            .hint(say!("license-later-version-hint"))
            .into());
        }
        if let Some(scope) = &self.scope {
            counts.withdrawn = guarded(db, scope, allowed)?;
            counts.read += counts.withdrawn;
        }
        let writes = staging::writes(db)?;
        Ok(self.compared(Tally { counts, doubtful, doubts }, writes, None))
    }

    /// The list with what became of it.
    pub(super) fn compared(self, tally: Tally, writes: u64, adds: Option<Vec<Planned>>) -> Compared {
        let Tally { counts, doubtful, doubts } = tally;
        let Self { opened, stream, columns, effective, revision, scope, .. } = self;
        Compared { opened, columns, stream, counts, effective, scope, doubtful, doubts, revision, writes, adds }
    }
}

/// Reads the list, stages it and compares it.
pub(super) fn compare(ctx: &mut Context, args: &ListArgs) -> Result<Compared> {
    let (listing, rows) = Listing::open(ctx, args)?;
    listing.compare(ctx.db()?, rows, args.allow_withdraw)
}

const FAULTS: [&str; 4] = ["parent-missing", "item-unknown", "item-twice", "item-several"];

/// Withdrawals within their guard: more than a fifth of what is in scope needs a word.
fn guarded(db: &mut Db, scope: &Scope, allowed: Option<i64>) -> Result<u64> {
    let (gone, all) = staging::find_gone(db, scope)?;
    if all == 0 {
        return Err(Failure::new("license.scope-empty", Exit::Conflict, say!("license-scope-empty"))
            .hint(say!("license-scope-empty-hint"))
            .into());
    }
    let most = allowed.unwrap_or(all / 5);
    if gone > most {
        return Err(Failure::new(
            "license.too-many-withdrawn",
            Exit::Conflict,
            say!("license-too-many-withdrawn", gone = gone.to_string(), all = all.to_string()),
        )
        .hint(say!("license-too-many-withdrawn-hint", gone = gone.to_string()))
        .into());
    }
    Ok(gone as u64)
}

fn scope(text: &str) -> Result<Scope, Failure> {
    let bad = || Failure::new("usage.scope", Exit::Usage, say!("usage-scope", value = text.to_owned())).hint(say!("usage-scope-hint"));
    match text.split_once('=') {
        None if text == "all" => Ok(Scope::All),
        Some(("organ", name)) if !name.is_empty() => Ok(Scope::Organ(catalogue::name_key(name))),
        Some(("type", code)) if !code.is_empty() => Ok(Scope::Kind(code.to_owned())),
        Some(("lead", name)) if !name.is_empty() => Ok(Scope::LeadDept(name.to_owned())),
        _ => Err(bad()),
    }
}

/// What the file has columns for, as the database knows it.
fn columns(present: &Present, args: &ListArgs) -> Columns {
    let mut version = present.columns.clone();
    if args.limit_as == "legal" {
        for (promise, legal) in [("promise_n", "legal_n"), ("promise_unit", "legal_unit"), ("promise_text", "legal_text")] {
            if version.contains(&promise) && !version.contains(&legal) {
                version.push(legal);
            }
        }
        if !present.promise {
            version.retain(|column| !["promise_n", "promise_unit", "promise_text"].contains(column));
        }
    }
    Columns {
        version,
        details: present.details.clone(),
        organ: present.organ || args.organ.is_some(),
        kind: present.kind,
        lead_dept: present.lead_dept,
    }
}

fn parse(row: Row, legal: bool, organ: Option<&(String, String)>, columns: &str) -> Result<Parsed, Vec<Reject>> {
    let (mut item, warnings) = read_item(&row).map_err(|faults| rejects(&row, faults))?;
    item.cells = row.into_filled();
    if item.organ.is_none()
        && let Some((name, key)) = organ
    {
        (item.organ, item.organ_key) = (Some(name.clone()), Some(key.clone()));
    }
    if legal && warnings.contains(&ItemWarning::LimitKind) && item.legal.is_none() {
        item.legal = item.promise.take();
    }
    let raw = serde_json::to_string(&item.cells).unwrap_or_else(|_| "[]".to_owned());
    let parsed = Parsed { item, warnings, fingerprint: String::new(), raw };
    Ok(if parsed.item.name.is_some() { parsed.finished(columns) } else { parsed })
}

impl Parsed {
    /// Joins a further line of the same code.
    fn absorb(&mut self, other: Parsed) {
        let join = |mine: &mut Option<String>, other: Option<String>| match (mine.as_mut(), other) {
            (Some(mine), Some(other)) if !mine.split("；\n").any(|part| part == other) => {
                mine.push_str("；\n");
                mine.push_str(&other);
            }
            (None, other) => *mine = other,
            _ => {}
        };
        for (mine, other) in self.item.texts.iter_mut().zip(other.item.texts) {
            join(mine, other);
        }
        join(&mut self.item.material, other.item.material);
        for (key, text) in other.item.details {
            match self.item.details.iter_mut().find(|(known, _)| *known == key) {
                Some((_, mine)) => {
                    let mut whole = Some(std::mem::take(mine));
                    join(&mut whole, Some(text));
                    *mine = whole.unwrap_or_default();
                }
                None => self.item.details.push((key, text)),
            }
        }
        self.item.details.sort_unstable_by_key(|(key, _)| *key);
        self.warnings.extend(other.warnings);
    }

    /// Puts the materials of a material table where materials are kept, and takes the fingerprint.
    fn finished(mut self, columns: &str) -> Self {
        if let (Some(material), Some(at)) = (self.item.material.take(), text_columns().position(|column| column == "materials")) {
            self.item.texts[at].get_or_insert(material);
        }
        self.fingerprint = self.item.fingerprint(columns);
        self
    }
}

fn rejects(row: &Row, faults: Vec<ItemFault>) -> Vec<Reject> {
    let columns: Vec<&str> = faults.iter().map(|fault| fault.column).collect();
    let cells = row.filled(&columns);
    let reject =
        |fault: ItemFault| Reject { line: row.line, column: fault.column, rule: fault.rule, value: fault.value, cells: cells.clone() };
    faults.into_iter().map(reject).collect()
}

/// Where the rows of a list go.
enum Sink<'a> {
    /// Into the stage, to be compared. What is certain to be known as it is need not be staged: `settle`.
    Stage { settle: bool },
    /// Straight into an empty catalogue.
    Catalogue(&'a mut FirstLoad),
}

impl Default for Sink<'_> {
    fn default() -> Self {
        Self::Stage { settle: false }
    }
}

/// What a long list is remembered by goes to a temporary file, and there was no room for it.
fn spilled(error: std::io::Error) -> Failure {
    of_file(&spill::folder(), &error)
}

/// Numbers items, finds those said twice, and hands them on in batches.
#[derive(Default)]
struct Staging<'a> {
    seen: Seen,
    next: u32,
    waiting: Vec<StageRow>,
    filled: Vec<(i64, i64)>,
    coded_parents: bool,
    sink: Sink<'a>,
    /// What the file has columns for, for the fingerprints.
    columns: String,
}

enum Taken {
    Staged,
    Again,
    Otherwise(Reject),
}

impl Staging<'_> {
    /// A row that is refused: what is written as it is read must have none.
    fn reject(&self, stream: &mut Stream, tally: &mut Tally, faults: Vec<Reject>) -> Result<()> {
        self.plain(false)?;
        tally.counts.rejected += 1;
        stream.reject(faults)
    }

    fn plain(&self, plain: bool) -> Result<(), NotPlain> {
        if plain || matches!(self.sink, Sink::Stage { .. }) { Ok(()) } else { Err(NotPlain) }
    }

    fn take(&mut self, db: &mut Db, parsed: Parsed) -> Result<Taken> {
        let parsed = if parsed.fingerprint.is_empty() { parsed.finished(&self.columns) } else { parsed };
        let Parsed { item, fingerprint, raw, .. } = parsed;
        let (mut parent_seq, mut parent_code) = (None, None);
        match &item.above {
            Above::Nothing => {}
            Above::Coded { scheme, code } => {
                if let Sink::Catalogue(_) = self.sink {
                    // What it hangs on may come later in the list.
                    parent_seq = Some(self.seen.coded(scheme, code).map_err(spilled)?.ok_or(NotPlain)?.into());
                } else {
                    parent_code = Some(code.clone());
                    self.coded_parents = true;
                }
            }
            Above::Named(head) => {
                parent_seq = Some(self.head(db, head, &item, &raw)?);
            }
        }
        let seq = match self.seen.item(&item, &fingerprint, self.next).map_err(spilled)? {
            Sight::New(seq) => seq,
            Sight::Fills { seq, head } => {
                self.plain(false)?;
                self.filled.push((head.into(), seq.into()));
                seq
            }
            Sight::Again => return Ok(Taken::Again),
            Sight::Otherwise { line } => {
                let (value, cells) = (line.to_string(), item.cells);
                return Ok(Taken::Otherwise(Reject { line: item.line, column: "name", rule: "duplicate-in-file", value, cells }));
            }
        };
        self.plain(item.name.is_some())?;
        self.next += 1;
        self.push(db, row(item, seq, parent_seq, parent_code, fingerprint, raw))?;
        Ok(Taken::Staged)
    }

    /// The number of a bare name; what stands above it comes first.
    fn head(&mut self, db: &mut Db, head: &catalogue::Head, item: &Incoming, raw: &str) -> Result<i64> {
        let parent_seq = head.above.as_deref().map(|above| self.head(db, above, item, raw)).transpose()?;
        let seq = match self.seen.head(head, item.organ_key.as_deref(), item.line, self.next).map_err(spilled)? {
            HeadSight::Known(seq) => seq,
            HeadSight::New(seq) => {
                self.next += 1;
                let bare = StageRow {
                    seq: seq.into(),
                    line: item.line as i64,
                    head: 1,
                    parent_seq,
                    level: if parent_seq.is_some() { "sub" } else { "main" }.to_owned(),
                    scheme: head.scheme.to_owned(),
                    code: head.code.clone(),
                    name: Some(head.name.clone()),
                    name_key: head.name_key.clone(),
                    organ: item.organ.clone(),
                    organ_key: item.organ_key.clone(),
                    type_code: item.type_code.to_owned(),
                    lead_dept: item.lead_dept.clone(),
                    details: "{}".to_owned(),
                    raw: raw.to_owned(),
                    ..StageRow::default()
                };
                self.push(db, bare)?;
                seq
            }
        };
        Ok(seq.into())
    }

    fn push(&mut self, db: &mut Db, row: StageRow) -> Result<()> {
        // A row without a code is found by its name, perhaps the item a coded row finds: which is the second is told by the stage.
        if let (Sink::Stage { settle }, 0, None) = (&mut self.sink, row.head, &row.code) {
            *settle = false;
        }
        self.waiting.push(row);
        if self.waiting.len() >= BATCH { self.flush(db) } else { Ok(()) }
    }

    fn flush(&mut self, db: &mut Db) -> Result<()> {
        match &mut self.sink {
            Sink::Stage { settle } => {
                if *settle {
                    staging::settle(db, &mut self.waiting)?;
                }
                staging::stage(db, &self.waiting)?;
            }
            Sink::Catalogue(load) if load.overflows() => return Err(NotPlain.into()),
            Sink::Catalogue(load) => load.write(db, &self.waiting)?,
        }
        self.waiting.clear();
        Ok(())
    }

    fn finish(mut self, db: &mut Db) -> Result<()> {
        self.flush(db)?;
        staging::fill_heads(db, &self.filled)?;
        Ok(())
    }
}

fn row(item: Incoming, seq: u32, parent_seq: Option<i64>, parent_code: Option<String>, fingerprint: String, raw: String) -> StageRow {
    let limit = |limit: Option<Limit>| limit.map_or((None, None, None), |l| (l.n, Some(l.unit.word().to_owned()), Some(l.text)));
    let (legal_n, legal_unit, legal_text) = limit(item.legal);
    let (promise_n, promise_unit, promise_text) = limit(item.promise);
    let details: Map<String, Value> = item.details.into_iter().map(|(key, text)| (key.to_owned(), json!(text))).collect();
    let mut texts = item.texts.into_iter();
    let mut text = || texts.next().flatten();
    StageRow {
        seq: seq.into(),
        line: item.line as i64,
        head: 0,
        parent_seq,
        parent_code,
        level: item.level.word().to_owned(),
        scheme: item.scheme.to_owned(),
        code: item.code,
        name: item.name,
        name_key: item.name_key,
        organ: item.organ,
        organ_key: item.organ_key,
        type_code: item.type_code.to_owned(),
        lead_dept: item.lead_dept,
        basis: text(),
        exercise_level: text(),
        legal_n,
        legal_unit,
        legal_text,
        promise_n,
        promise_unit,
        promise_text,
        case_kind: text(),
        visits: text(),
        target: text(),
        fee: text(),
        condition: text(),
        materials: text(),
        result: text(),
        special: text(),
        remark: text(),
        details: Value::Object(details).to_string(),
        fingerprint,
        raw,
    }
}
