//! The rows of a list, on the thread that reads them: what they say, what of it was said before, in batches for the database.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, SendError, SyncSender, channel, sync_channel};

use anyhow::Result;
use serde_json::{Map, Value, json};

use super::seen::{HeadSight, Seen, Sight};
use crate::catalogue::{self, Above, Incoming, ItemFault, ItemWarning, Limit, read_item, text_columns};
use crate::cli::import::Stream;
use crate::db::license_import::StageRow;
use crate::db::license_load::FirstRows;
use crate::db::{Cells, spill};
use crate::failure::{Failure, of_file};
use crate::intake::{Line, Row, Rows};
use crate::plan::{Counts, Reject};
use crate::progress::Progress;

/// Rows that go to the database together.
const BATCH: usize = 2_000;
/// Lines named for each kind of doubt.
const LINES_NAMED: usize = 10;

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
    /// Notes why a row is doubtful.
    pub(super) fn doubt(&mut self, word: &'static str, line: u64) {
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

/// Where rows gather before they go to the database.
pub(super) trait Gathered: Send {
    fn push(&mut self, row: StageRow);
    fn clear(&mut self);
}

impl Gathered for Vec<StageRow> {
    fn push(&mut self, row: StageRow) {
        Vec::push(self, row);
    }

    fn clear(&mut self) {
        Vec::clear(self);
    }
}

impl Gathered for FirstRows {
    fn push(&mut self, row: StageRow) {
        FirstRows::push(self, row);
    }

    fn clear(&mut self) {
        FirstRows::clear(self);
    }
}

/// Rows on their way to the database.
pub(super) struct Batch<R> {
    pub rows: R,
    /// Neither in this batch nor before it was a row without a code. Such a row is found by its name, perhaps the item a
    /// coded row finds: which is the second is told by the stage.
    pub coded: bool,
}

/// What was told of a list when all of it was read.
#[derive(Default)]
pub(super) struct Told {
    pub tally: Tally,
    /// Bare names and the rows that take their places, by their numbers.
    pub filled: Vec<(i64, i64)>,
    /// Whether any row hangs on another by its code.
    pub coded_parents: bool,
}

/// How a list is read.
pub(super) struct Reader<'a> {
    /// What the file has columns for, for the fingerprints.
    pub columns: &'a str,
    /// For rows that name no organ: name and key.
    pub organ: Option<&'a (String, String)>,
    pub legal: bool,
    pub by_code_alone: bool,
    pub strict: bool,
    /// Straight into an empty catalogue: no row may be refused or lean on one that comes later.
    pub at_once: bool,
    pub stream: &'a mut Stream,
    pub progress: &'a Progress,
}

impl Reader<'_> {
    /// Reads on a thread of its own what `write` takes on this one; `room` is where rows gather.
    ///
    /// # Errors
    /// [`NotPlain`], only when it is read at once; the disk's; what `write` returns.
    pub(super) fn read<R: Gathered>(
        self,
        rows: Rows,
        room: impl Fn() -> R + Send,
        mut write: impl FnMut(&mut Batch<R>) -> Result<()>,
    ) -> Result<Told> {
        let (send, batches) = sync_channel::<Batch<R>>(4);
        let (give_back, spent) = channel::<R>();
        std::thread::scope(|scope| {
            let reading = scope.spawn(move || {
                let out = Out { waiting: room(), held: 0, coded: true, room, send, spent };
                let mut numbering = Numbering { reader: self, out, seen: Seen::default(), next: 0, told: Told::default() };
                numbering.all(rows).map(|()| numbering.told)
            });
            // Ends with the first error: the reader finds nobody to send to, and ends as well.
            let written = batches.into_iter().try_for_each(|mut batch| {
                write(&mut batch)?;
                // Given up where it was made, which costs less. A reader that is done needs none of it.
                let _ = give_back.send(batch.rows);
                Ok(())
            });
            let read = reading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            written.and(read)
        })
    }
}

/// The way to the database, and of the spent rows back from it.
struct Out<R, M> {
    waiting: R,
    held: usize,
    /// As in [`Batch`].
    coded: bool,
    room: M,
    send: SyncSender<Batch<R>>,
    spent: Receiver<R>,
}

impl<R: Gathered, M: Fn() -> R> Out<R, M> {
    fn push(&mut self, row: StageRow) -> Result<(), SendError<()>> {
        self.coded &= row.head != 0 || row.code.is_some();
        self.waiting.push(row);
        self.held += 1;
        if self.held >= BATCH { self.flush() } else { Ok(()) }
    }

    /// Fails where nobody takes the rows any more, for a reason that is told there.
    fn flush(&mut self) -> Result<(), SendError<()>> {
        let mut next = self.spent.try_recv().unwrap_or_else(|_| (self.room)());
        next.clear();
        self.held = 0;
        let rows = std::mem::replace(&mut self.waiting, next);
        self.send.send(Batch { rows, coded: self.coded }).map_err(|_| SendError(()))
    }
}

/// Numbers items, finds those said twice, and hands them on in batches.
struct Numbering<'a, R, M> {
    reader: Reader<'a>,
    out: Out<R, M>,
    seen: Seen,
    next: u32,
    told: Told,
}

impl<R: Gathered, M: Fn() -> R> Numbering<'_, R, M> {
    fn all(&mut self, rows: Rows) -> Result<()> {
        let Reader { columns, organ, legal, by_code_alone, progress, .. } = self.reader;
        let mut held: Option<Parsed> = None;
        let mut unsaid = 0;
        for line in rows {
            match line {
                Ok(Line::Skipped { .. }) => self.passed_over(),
                Ok(Line::Row(row)) => match parse(row, legal, organ, columns) {
                    Err(faults) => self.reject(faults)?,
                    Ok(parsed) if by_code_alone => {
                        // One line per material or fee: lines of one code make one item.
                        match &mut held {
                            Some(before) if before.item.code == parsed.item.code => {
                                before.absorb(parsed);
                                self.passed_over();
                            }
                            _ => held.replace(parsed).map_or(Ok(()), |before| self.item(before))?,
                        }
                    }
                    Ok(parsed) => self.item(parsed)?,
                },
                Err(fault) => self.reject(vec![crate::cli::faults::of_row(fault)])?,
            }
            unsaid += 1;
            if unsaid == BATCH {
                progress.advance(unsaid as u64);
                unsaid = 0;
            }
        }
        if let Some(parsed) = held {
            self.item(parsed.finished(columns))?;
        }
        progress.advance(unsaid as u64);
        Ok(self.out.flush()?)
    }

    fn passed_over(&mut self) {
        self.told.tally.counts.read += 1;
        self.told.tally.counts.skipped += 1;
    }

    /// A row that is refused: what is written as it is read must have none.
    fn reject(&mut self, faults: Vec<Reject>) -> Result<()> {
        self.told.tally.counts.read += 1;
        self.refuse(faults)
    }

    fn refuse(&mut self, faults: Vec<Reject>) -> Result<()> {
        self.plain(false)?;
        self.told.tally.counts.rejected += 1;
        self.reader.stream.reject(faults)
    }

    fn plain(&self, plain: bool) -> Result<(), NotPlain> {
        if plain || !self.reader.at_once { Ok(()) } else { Err(NotPlain) }
    }

    fn item(&mut self, parsed: Parsed) -> Result<()> {
        let tally = &mut self.told.tally;
        tally.counts.read += 1;
        tally.doubtful += u64::from(!parsed.warnings.is_empty());
        for warning in &parsed.warnings {
            tally.doubt(warning.word(), parsed.item.line);
        }
        if let (true, Some(first)) = (self.reader.strict, parsed.warnings.first()) {
            let (value, cells) = (first.word().to_owned(), parsed.item.cells);
            return self.refuse(vec![Reject { line: parsed.item.line, column: "", rule: "doubt", value, cells }]);
        }
        self.take(parsed)
    }

    fn take(&mut self, parsed: Parsed) -> Result<()> {
        let parsed = if parsed.fingerprint.is_empty() { parsed.finished(self.reader.columns) } else { parsed };
        let Parsed { item, fingerprint, .. } = parsed;
        let (mut parent_seq, mut parent_code) = (None, None);
        match &item.above {
            Above::Nothing => {}
            Above::Coded { scheme, code } => {
                if self.reader.at_once {
                    // What it hangs on may come later in the list.
                    parent_seq = Some(self.seen.coded(scheme, code).map_err(spilled)?.ok_or(NotPlain)?.into());
                } else {
                    parent_code = Some(code.clone());
                    self.told.coded_parents = true;
                }
            }
            Above::Named(head) => {
                parent_seq = Some(self.head(head, &item)?);
            }
        }
        let seq = match self.seen.item(&item, &fingerprint, self.next).map_err(spilled)? {
            Sight::New(seq) => seq,
            Sight::Fills { seq, head } => {
                self.plain(false)?;
                self.told.filled.push((head.into(), seq.into()));
                seq
            }
            Sight::Again => {
                self.told.tally.counts.skipped += 1;
                return Ok(());
            }
            Sight::Otherwise { line } => {
                let (value, cells) = (line.to_string(), item.cells);
                return self.refuse(vec![Reject { line: item.line, column: "name", rule: "duplicate-in-file", value, cells }]);
            }
        };
        self.plain(item.name.is_some())?;
        self.next += 1;
        Ok(self.out.push(row(item, seq, parent_seq, parent_code, fingerprint))?)
    }

    /// The number of a bare name; what stands above it comes first.
    fn head(&mut self, head: &catalogue::Head, item: &Incoming) -> Result<i64> {
        let parent_seq = head.above.as_deref().map(|above| self.head(above, item)).transpose()?;
        let seq = match self.seen.head(head, item.organ_key.as_deref(), item.line, self.next).map_err(spilled)? {
            HeadSight::Known(seq) => seq,
            HeadSight::New(seq) => {
                self.next += 1;
                let bare = StageRow {
                    seq: seq.into(),
                    line: item.line as i64,
                    head: 1,
                    parent_seq,
                    level: if parent_seq.is_some() { "sub" } else { "main" },
                    scheme: head.scheme,
                    code: head.code.clone(),
                    name: Some(head.name.clone()),
                    name_key: head.name_key.clone(),
                    organ: item.organ.clone(),
                    organ_key: item.organ_key.clone(),
                    type_code: item.type_code,
                    lead_dept: item.lead_dept.clone(),
                    details: "{}".to_owned(),
                    raw: Cells(item.cells.clone()),
                    ..StageRow::default()
                };
                self.out.push(bare)?;
                seq
            }
        };
        Ok(seq.into())
    }
}

/// What a long list is remembered by goes to a temporary file, and there was no room for it.
fn spilled(error: std::io::Error) -> Failure {
    of_file(&spill::folder(), &error)
}

struct Parsed {
    item: Incoming,
    warnings: Vec<ItemWarning>,
    fingerprint: String,
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
    let parsed = Parsed { item, warnings, fingerprint: String::new() };
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

fn row(item: Incoming, seq: u32, parent_seq: Option<i64>, parent_code: Option<String>, fingerprint: String) -> StageRow {
    let limit = |limit: Option<Limit>| limit.map_or((None, None, None), |l| (l.n, Some(l.unit.word()), Some(l.text)));
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
        level: item.level.word(),
        scheme: item.scheme,
        code: item.code,
        name: item.name,
        name_key: item.name_key,
        organ: item.organ,
        organ_key: item.organ_key,
        type_code: item.type_code,
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
        details: if details.is_empty() { "{}".to_owned() } else { Value::Object(details).to_string() },
        fingerprint,
        raw: Cells(item.cells),
    }
}
