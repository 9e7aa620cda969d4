//! A list on its way in: opened, compared with the catalogue through the database's temporary tables, or written at once.

use std::collections::BTreeMap;

use anyhow::Result;

use super::reading::{Batch, Gathered, NotPlain, Reader, Tally, Told};
use crate::catalogue::{self, LICENSE_FIELDS, Present};
use crate::cli::import::{ImportArgs, Stream};
use crate::context::{Context, parse_day};
use crate::db::license_import::{self as staging, Columns, Planned, Scope};
use crate::db::license_load::FirstLoad;
use crate::db::{Day, Db, licenses};
use crate::failure::{Exit, Failure};
use crate::intake::{IntakeError, Opened, Rows};
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

    /// Reads the list into `room` and hands it on to `write`, batch by batch; `at_once` is for a list that is written as it is read.
    ///
    /// # Errors
    /// [`NotPlain`] where a row is refused or leans on one that comes later; what `write` returns.
    fn read<R: Gathered>(
        &mut self,
        rows: Rows,
        at_once: bool,
        room: impl Fn() -> R + Send,
        write: impl FnMut(&mut Batch<R>) -> Result<()>,
    ) -> Result<Told> {
        let reader = Reader {
            columns: &self.key,
            organ: self.organ.as_ref(),
            legal: self.legal,
            by_code_alone: self.by_code_alone,
            strict: self.strict,
            at_once,
            stream: &mut self.stream,
            progress: &self.progress,
        };
        reader.read(rows, room, write)
    }

    /// Reads the list straight into an empty catalogue.
    ///
    /// # Errors
    /// [`NotPlain`] where a row is refused or leans on one that comes later; the engine's.
    pub(super) fn load(&mut self, db: &mut Db, rows: Rows, load: &mut FirstLoad) -> Result<Tally> {
        let told = self.read(rows, true, load.room(), |batch| {
            if load.overflows() {
                return Err(NotPlain.into());
            }
            Ok(load.write(db, &mut batch.rows)?)
        })?;
        Ok(told.tally)
    }

    /// Reads the list, stages it and compares it.
    pub(super) fn compare(mut self, db: &mut Db, rows: Rows, allowed: Option<i64>) -> Result<Compared> {
        staging::open(db)?;
        let known = staging::known(db)?;
        let Told { mut tally, filled, coded_parents } = self.read(rows, false, Vec::new, |batch| {
            if known && batch.coded {
                staging::settle(db, &mut batch.rows)?;
            }
            Ok(staging::stage(db, &batch.rows)?)
        })?;
        staging::fill_heads(db, &filled)?;
        staging::match_up(db, &self.columns, coded_parents, known)?;
        for (action, n) in staging::counts(db)? {
            match action.as_str() {
                "add" => tally.counts.added += n,
                "same" => tally.counts.unchanged += n,
                "change" | "return" => tally.counts.changed += n,
                _ => tally.counts.rejected += n,
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
            tally.doubtful += 1;
            tally.doubt("name-under-another-code", line);
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
            tally.counts.withdrawn = guarded(db, scope, allowed)?;
            tally.counts.read += tally.counts.withdrawn;
        }
        let writes = staging::writes(db)?;
        Ok(self.compared(tally, writes, None))
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
