use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use anyhow::Result;
use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::desk::{Desk, known};
use crate::cli::import::{Ask, ImportArgs, counted, empty_report, moved, plan_report, push, push_kept};
use crate::cli::interrupt::Litter;
use crate::cli::layout::LayoutArgs;
use crate::cli::plan_file::{PlanArgs, Planned, must_be_new, outdated};
use crate::cli::unit::change::keeps_officer;
use crate::context::{Context, Outcome};
use crate::db::accounts::Delegations;
use crate::db::units::{self, Unit, UnitFilter};
use crate::db::users::{self, Arriving, UserFilter, masked};
use crate::db::{Db, accounts, hex, holdings};
use crate::failure::of_file;
use crate::intake::Row;
use crate::ledger::Entry;
use crate::people::{Account, Fate, Fault, Lookups, USER_FIELDS, UserFacts, below, narrowed, needs_officer, no_end, read_user};
use crate::plan::{Change, Reject, compare_after};
use crate::view::{Cell, Report};
use crate::{say, secret};

/// Import users from a table
///
/// Adds accounts that are not there and brings the others up to date. No password is hashed: new
/// accounts have none, and with --activation-codes each gets a code that opens it once. Who goes out of use
/// loses roles, delegations and sessions, as by user disable; who holds a role changes unit by user transfer.
#[derive(Debug, clap::Args)]
#[command(mut_arg("file", |file| file.required(false).required_unless_present("apply_plan")))]
pub(crate) struct Args {
    #[command(flatten)]
    import: ImportArgs,
    #[command(flatten)]
    plan: PlanArgs,
    #[command(flatten)]
    layout: LayoutArgs,
    /// Accounts the file does not name: keep, report, or disable (never administrators)
    #[arg(long, value_enum, default_value = "keep", value_name = "WHAT", conflicts_with = "apply_plan")]
    absent: Absent,
    /// The file speaks for this unit and those below it alone
    #[arg(long, value_name = "CODE", conflicts_with = "apply_plan")]
    within: Option<String>,
    /// New file for one-time activation codes (激活码) of new accounts, readable by its owner only
    #[arg(long, value_name = "FILE", conflicts_with = "plan")]
    activation_codes: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Absent {
    Keep,
    Report,
    Disable,
}

const SCHEMA: &str = "swj.user.plan/1";
/// How long an activation code opens its account.
pub(super) const CODE_DAYS: i64 = 30;

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    super::not_ahead(ctx)?;
    args.plan.is_new()?;
    if let Some(path) = &args.activation_codes {
        must_be_new(path)?;
    }
    let staff = Staff::load(ctx.db()?)?;
    match &args.plan.apply_plan {
        Some(path) => carry_out(ctx, args, &staff, path),
        None => import(ctx, args, &staff),
    }
}

fn import(ctx: &mut Context, args: &Args, staff: &Staff) -> Result<Outcome> {
    if let Some(code) = &args.within {
        crate::cli::unit::known(ctx, code)?;
    }
    let layout = args.layout.layout();
    let fields = layout.as_ref().map_or(USER_FIELDS, |layout| layout.user.fields(USER_FIELDS));
    let lookups = match &layout {
        Some(layout) => args.layout.lookups(ctx, &args.import, &layout.user)?,
        None => Lookups::new(),
    };
    let today = ctx.clock.now().day();
    let mut named = HashSet::new();
    let mut first_lines = HashMap::new();
    let mut gathered = args.import.gather(ctx, fields, |row| {
        let refuse = |column, rule, value: &str| {
            Err(vec![Reject { line: row.line, column, rule, value: value.to_owned(), cells: row.original().to_vec() }])
        };
        let mut row = row.clone();
        let mut faults = Vec::new();
        let says = match &layout {
            None => None,
            Some(layout) => match layout.translate(&layout.user, fields, &mut row, &lookups) {
                // Whom the other system deleted is as good as not in its list.
                Ok(Fate::Deleted) => return Ok(None),
                Ok(Fate::Status(status)) => Some(status),
                Err(found) => {
                    faults = found;
                    None
                }
            },
        };
        narrowed(&mut row, fields, &|code| staff.units.contains_key(code));
        let login = row.get("login_name").unwrap_or_default().to_lowercase();
        let known = staff.accounts.get(&login);
        first_lines.entry(login.clone()).or_insert(row.line);
        named.insert(login);
        let user = read_user(&row, known.map(|known| &known.user), &|code| staff.units.contains_key(code), &masked);
        let user = all_faults(&row, faults, user)?;
        let closed = |code: &str| staff.units.get(code).is_some_and(|unit| unit.status != "active");
        // A list takes accounts out of use; it brings none back, and touches no administrator's.
        let out = says.filter(|says| says != "active");
        let status = match (known.map(|known| known.status.as_str()), out) {
            (None, says) => says.unwrap_or_else(|| "active".to_owned()),
            (Some("active"), Some(_)) if staff.privileged.contains(&user.login_name) => {
                return refuse("login_name", "status-administrator", &user.login_name);
            }
            (Some("active"), Some(says)) => says,
            (Some(status), _) => status.to_owned(),
        };
        match &user.unit {
            _ if known.is_some_and(|known| known.status == "closed") => refuse("login_name", "account-closed", &user.login_name),
            Some(code) if closed(code) && known.is_none_or(|known| known.user.unit.as_ref() != Some(code)) => {
                refuse("unit", "unit-is-closed", code)
            }
            _ if !staff.faults(known, &user, &status, today).is_empty() => Err(rejects(&row, staff.faults(known, &user, &status, today))),
            _ => Ok(Some((row.line, Account { user, status }, row.original().to_vec()))),
        }
    })?;
    let rows = std::mem::take(&mut gathered.rows);
    let all = rows.len();
    let mut rows: Vec<_> = rows.into_iter().flatten().collect();
    gathered.pass_over((all - rows.len()) as u64);
    let mut absent = staff.absent(&named, args.within.as_deref(), ctx.actor().login.as_deref());
    let mut reject = |(line, _, cells): Arrived, column, rule, value| {
        gathered.rejects.push(Reject { line, column, rule, value, cells });
        gathered.counts.read += 1;
        gathered.counts.rejected += 1;
    };
    staff.reject_twins(&mut rows, &mut reject);
    staff.reject_last_officers(&mut rows, if args.absent == Absent::Disable { &mut absent } else { &mut [] }, &mut reject);
    let mut plan = compare_after(&staff.accounts, rows, first_lines);
    let gone: Vec<(String, String)> = match args.absent {
        Absent::Disable => absent.iter().filter(|absent| absent.kept.is_none()).map(|absent| absent.gone()).collect(),
        Absent::Keep | Absent::Report => Vec::new(),
    };
    let source = args.import.file().file_name().unwrap_or_default().to_string_lossy().into_owned();
    let summary = gathered.planned(&mut plan);
    let planned = Planned { counts: summary.counts, changes: plan.changes, gone, source };
    let mut report = reported(&planned);
    tell_work_left(ctx, staff, &planned, &mut report)?;
    for absent in absent.iter().filter(|_| args.absent != Absent::Keep) {
        match absent.kept {
            Some(rule) if args.absent == Absent::Disable => push_kept(&mut report, &absent.login, rule),
            None if args.absent == Absent::Disable => {}
            _ => push(&mut report, 0, "absent", &absent.login, "status", Some(absent.status.clone()), None),
        }
    }
    let kept = absent.iter().filter(|absent| absent.kept.is_some()).count();
    if args.absent == Absent::Disable && kept > 0 {
        let sentence = say!("import-absent-kept", count = kept.to_string());
        ctx.remark(&sentence);
        report.warn("absent-kept", sentence);
    }
    let ask = if args.plan.plan.is_some() { Ask::Never } else { staff.question(ctx, &planned)? };
    let report = report
        .with_summary("absent", if args.absent == Absent::Keep { Cell::Empty } else { (absent.len() as u64).into() })
        .with_summary("disabled", planned.gone.len() as u64);
    let mut summary = summary.and_writes(planned.gone.len() as u64).asking(ask);
    if args.absent == Absent::Disable && planned.counts.rejected > 0 {
        // Whom a rejected row speaks of is not known: a list that disables whom it leaves out must be whole.
        ctx.remark(&say!("import-absent-with-rejects"));
        summary = summary.refusing();
    }
    args.import.finish(ctx, summary, report, |ctx| match &args.plan.plan {
        Some(path) => planned.put_down(ctx, SCHEMA, path),
        None => write(ctx, &planned, args.activation_codes.as_deref()),
    })
}

/// What was read of a row, or everything that is wrong with it: before it was read, and then in columns not named yet.
///
/// # Errors
/// The faults.
pub(crate) fn all_faults<T>(row: &Row, before: Vec<Fault>, read: Result<T, Vec<Reject>>) -> Result<T, Vec<Reject>> {
    if before.is_empty() {
        return read;
    }
    let mut all = rejects(row, before);
    let columns: Vec<_> = all.iter().map(|reject| reject.column).collect();
    all.extend(read.err().into_iter().flatten().filter(|reject| !columns.contains(&reject.column)));
    Err(all)
}

/// Faults found in a row before it is read, as rejects.
pub(crate) fn rejects(row: &Row, faults: Vec<Fault>) -> Vec<Reject> {
    let reject = |(column, rule, value)| Reject { line: row.line, column, rule, value, cells: row.original().to_vec() };
    faults.into_iter().map(reject).collect()
}

/// Carries out a plan written earlier.
fn carry_out(ctx: &mut Context, args: &Args, staff: &Staff, path: &Path) -> Result<Outcome> {
    ctx.fits(&empty_report("user.import"))?;
    let planned: Planned<Account> = Planned::take_up(ctx, SCHEMA, path)?;
    planned.still_stands(staff, ctx.clock.now().day()).map_err(|key| outdated(path, &key))?;
    let counts = planned.counts;
    let mut report = reported(&planned);
    tell_work_left(ctx, staff, &planned, &mut report)?;
    let report = crate::cli::import::with_counts(report, &counts, &[])
        .with_summary("disabled", planned.gone.len() as u64)
        .with_summary("outcome", if counts.rejected == 0 { "complete" } else { "partial" });
    if planned.writes() > 0 {
        ctx.show_plan(&report)?;
        staff.question(ctx, &planned)?.put(ctx, planned.writes())?;
        write(ctx, &planned, args.activation_codes.as_deref())?;
    }
    ctx.show(report)?;
    ctx.remark(&counted(&counts));
    match (planned.writes(), ctx.globals.dry_run) {
        (0, _) => ctx.remark(&say!("import-nothing")),
        (_, true) => ctx.remark(&say!("dry-run")),
        _ => {}
    }
    Ok(Outcome::Done)
}

/// The plan as a report: what is added, changed field by field, disabled.
fn reported(planned: &Planned<Account>) -> Report {
    let mut report = plan_report("user.import", &planned.changes);
    hide_phones(&mut report);
    for (login, status) in &planned.gone {
        push(&mut report, 0, "disable", login, "status", Some(status.clone()), Some("disabled".into()));
    }
    report
}

/// Says who goes out of use with work still open: the work stays until it is handed over.
fn tell_work_left(ctx: &mut Context, staff: &Staff, planned: &Planned<Account>, report: &mut Report) -> Result<()> {
    let today = ctx.clock.now().day();
    let mut left = Vec::new();
    for login in planned.out(staff) {
        let Some(user) = users::by_login(ctx.db()?, login)? else { continue };
        match holdings::of_person(ctx.db()?, user.id, today.into())?.len() {
            0 => {}
            count => left.push(format!("{login} {count}")),
        }
    }
    if !left.is_empty() {
        let sentence = say!("import-work-left", logins = left.join(", "));
        ctx.remark(&sentence);
        report.warn("work-left", sentence);
    }
    Ok(())
}

/// Telephone numbers are masked in every output (个人信息保护法 Art. 6, 51).
fn hide_phones(report: &mut Report) {
    for row in report.rows.iter_mut().filter(|row| row[3] == "phone".into()) {
        for cell in &mut row[4..=5] {
            if let Cell::Text(number) = cell {
                *number = masked(number);
            }
        }
    }
}

/// Units and accounts as the database has them.
struct Staff {
    units: HashMap<String, Unit>,
    accounts: HashMap<String, Account>,
    /// Logins no list disables.
    privileged: HashSet<String>,
    /// Logins that hold any role.
    holders: HashSet<String>,
}

/// A row as it arrived: its line, what it says, its cells.
type Arrived = (u64, Account, Vec<String>);

/// Whether an account is the active information officer of a unit.
fn serves(account: &Account, code: &str) -> bool {
    account.status == "active" && account.user.is_info_officer && account.user.unit.as_deref() == Some(code)
}

/// An account that may log in and is not in the file.
struct Missing {
    login: String,
    status: String,
    /// Why a list does not disable it.
    kept: Option<&'static str>,
}

impl Missing {
    fn gone(&self) -> (String, String) {
        (self.login.clone(), self.status.clone())
    }
}

impl Staff {
    fn load(db: &mut Db) -> Result<Self> {
        let units = units::list(db, &UnitFilter::default())?.into_iter().map(|unit| (unit.code.clone(), unit)).collect();
        let accounts = users::list(db, &UserFilter::default())?
            .into_iter()
            .map(|(user, unit)| {
                let facts = super::facts(&user, unit.as_ref().map(|(code, _)| code.as_str()));
                (user.login_name, Account { user: facts, status: user.status })
            })
            .collect();
        let mut privileged: HashSet<String> = users::privileged(db)?.into_iter().collect();
        privileged.extend(crate::cli::role::holders_of_weight(db)?);
        let holders = users::role_holders(db)?.into_iter().collect();
        Ok(Self { units, accounts, privileged, holders })
    }

    /// What a list may not do to an account, and what `user add` and `user set` would refuse.
    fn faults(&self, known: Option<&Account>, after: &UserFacts, status: &str, today: Date) -> Vec<Fault> {
        let login = &after.login_name;
        let ends = known.is_some_and(|known| known.user.valid_until != after.valid_until);
        let turns = known.is_some_and(|known| known.user.account_type != after.account_type);
        let mut faults: Vec<Fault> = Vec::new();
        if known.is_some() && self.privileged.contains(login) {
            // By the staff number it is known whose accounts are one person's, who approves nothing of his own.
            let renumbered = known.is_some_and(|known| known.user.staff_no != after.staff_no);
            let fields = [(renumbered, "staff_no"), (ends, "valid_until"), (turns, "account_type")];
            let changed = fields.into_iter().filter(|(changed, _)| *changed);
            faults.extend(changed.map(|(_, column)| (column, "administrator-field", login.clone())));
        }
        let in_use = ["active", "locked"].contains(&status);
        if in_use && (known.is_none() || ends || turns) && no_end(after, today) {
            faults.push(("valid_until", "account-no-end", after.valid_until.map(|day| day.to_string()).unwrap_or_default()));
        }
        let moves = known.is_some_and(|known| known.user.unit.is_some() && known.user.unit != after.unit);
        if moves && self.holders.contains(login) {
            faults.push(("unit", "unit-with-roles", login.clone()));
        }
        faults
    }

    /// One person, one account (一人一号): rows that give a second active account the same staff number.
    fn reject_twins(&self, rows: &mut Vec<Arrived>, reject: &mut impl FnMut(Arrived, &'static str, &'static str, String)) {
        let number = |account: &Account| {
            let counts = account.status == "active" && account.user.account_type == "person";
            account.user.staff_no.clone().filter(|_| counts)
        };
        let touched = |account: &Account| self.accounts.get(&account.user.login_name).and_then(number) != number(account);
        let arriving: HashSet<&str> = rows.iter().map(|(_, account, _)| account.user.login_name.as_str()).collect();
        let stay = self.accounts.values().filter(|account| !arriving.contains(account.user.login_name.as_str()));
        let as_before = rows.iter().map(|(_, account, _)| account).filter(|account| !touched(account));
        let mut owners: HashMap<String, String> =
            stay.chain(as_before).filter_map(|account| number(account).map(|number| (number, account.user.login_name.clone()))).collect();
        let mut kept = Vec::with_capacity(rows.len());
        for row in std::mem::take(rows) {
            let Some(number) = number(&row.1).filter(|_| touched(&row.1)) else {
                kept.push(row);
                continue;
            };
            let login = row.1.user.login_name.clone();
            match owners.get(&number) {
                Some(other) if *other != login => {
                    let other = other.clone();
                    reject(row, "staff_no", "staff-no-twin", other);
                }
                _ => {
                    owners.insert(number, login);
                    kept.push(row);
                }
            }
        }
        *rows = kept;
    }

    /// The active information officers (信息员) of the units that need one, by code of the unit.
    fn officers(&self) -> HashMap<&str, HashSet<&str>> {
        let mut officers: HashMap<&str, HashSet<&str>> = HashMap::new();
        for account in self.accounts.values().filter(|account| account.status == "active" && account.user.is_info_officer) {
            let unit = account.user.unit.as_ref().and_then(|code| self.units.get(code));
            if let Some(unit) = unit.filter(|unit| unit.status == "active" && needs_officer(&unit.kind, &unit.oa_mode)) {
                officers.entry(unit.code.as_str()).or_default().insert(account.user.login_name.as_str());
            }
        }
        officers
    }

    /// Rows, and accounts the list leaves out, that would take a unit on the OA its last information officer.
    fn reject_last_officers(
        &self,
        rows: &mut Vec<Arrived>,
        absent: &mut [Missing],
        reject: &mut impl FnMut(Arrived, &'static str, &'static str, String),
    ) {
        loop {
            let mut after: HashMap<&str, Option<&Account>> =
                absent.iter().filter(|missing| missing.kept.is_none()).map(|missing| (missing.login.as_str(), None)).collect();
            for (_, account, _) in rows.iter() {
                after.entry(account.user.login_name.as_str()).or_insert(Some(account));
            }
            let stays = |login: &str, code: &str| match after.get(login) {
                None => true,
                Some(None) => false,
                Some(Some(account)) => serves(account, code),
            };
            let comes = |code: &str| after.values().flatten().any(|account| serves(account, code));
            let bare: HashSet<String> = self
                .officers()
                .into_iter()
                .filter(|(code, logins)| !logins.iter().any(|login| stays(login, code)) && !comes(code))
                .flat_map(|(_, logins)| logins.into_iter().map(str::to_owned))
                .collect();
            if bare.is_empty() {
                return;
            }
            for missing in absent.iter_mut().filter(|missing| bare.contains(&missing.login)) {
                missing.kept = missing.kept.or(Some("absent-officer"));
            }
            let (out, kept): (Vec<_>, Vec<_>) = std::mem::take(rows).into_iter().partition(|row| bare.contains(&row.1.user.login_name));
            *rows = kept;
            for row in out {
                let unit = self.accounts.get(&row.1.user.login_name).and_then(|known| known.user.unit.clone()).unwrap_or_default();
                reject(row, "is_info_officer", "last-officer", unit);
            }
        }
    }

    /// Accounts in use that the file does not name, by login; of `within` and the units below it only.
    fn absent(&self, named: &HashSet<String>, within: Option<&str>, actor: Option<&str>) -> Vec<Missing> {
        let units = within.map(|code| {
            let by_id: HashMap<i64, &str> = self.units.values().map(|unit| (unit.id, unit.code.as_str())).collect();
            let parents = self.units.values().map(|unit| (unit.code.as_str(), unit.parent_id.and_then(|id| by_id.get(&id).copied())));
            below(code, parents)
        });
        let in_scope = |account: &Account| match (&units, &account.user.unit) {
            (None, _) => true,
            (Some(units), Some(code)) => units.contains(code.as_str()),
            (Some(_), None) => false,
        };
        let mut absent: Vec<Missing> = self
            .accounts
            .values()
            .filter(|account| matches!(account.status.as_str(), "active" | "locked"))
            .filter(|account| !named.contains(&account.user.login_name) && in_scope(account))
            .map(|account| {
                let login = account.user.login_name.clone();
                let kept = if self.privileged.contains(&login) || actor == Some(login.as_str()) {
                    Some("absent-administrator")
                } else if !matches!(account.user.account_type.as_str(), "person" | "external") {
                    Some("absent-no-person")
                } else {
                    None
                };
                Missing { login, status: account.status.clone(), kept }
            })
            .collect();
        absent.sort_by(|one, other| one.login.cmp(&other.login));
        absent
    }

    /// A list that would disable more than a fifth of the people is more likely half a list than half a bureau leaving.
    fn question(&self, ctx: &Context, planned: &Planned<Account>) -> Result<Ask> {
        let people = |account: &&Account| {
            matches!(account.status.as_str(), "active" | "locked") && matches!(account.user.account_type.as_str(), "person" | "external")
        };
        let all = self.accounts.values().filter(people).count();
        let gone = planned.gone.len();
        if gone * 5 <= all {
            return Ok(Ask::Plainly);
        }
        ctx.remark(&say!("import-many-gone", gone = gone.to_string(), all = all.to_string()));
        Ok(Ask::ByName(ctx.url()?.name()))
    }
}

impl Planned<Account> {
    /// Logins that go out of use.
    fn out<'a>(&'a self, staff: &'a Staff) -> impl Iterator<Item = &'a str> {
        let put_out =
            self.changes.iter().filter(|change| change.before.as_ref().is_some_and(|before| before.status != change.after.status));
        let known = |login: &&str| staff.accounts.contains_key(*login);
        put_out.map(|change| change.after.user.login_name.as_str()).chain(self.gone.iter().map(|(login, _)| login.as_str())).filter(known)
    }

    /// Whether what is there is still what the plan was made from; else the first key that is not.
    fn still_stands(&self, staff: &Staff, today: Date) -> Result<(), String> {
        for change in &self.changes {
            let login = change.after.user.login_name.as_str();
            let faults = || staff.faults(change.before.as_ref(), &change.after.user, &change.after.status, today);
            if staff.accounts.get(login) != change.before.as_ref() || !faults().is_empty() {
                return Err(login.to_owned());
            }
            let moved_status = change.before.as_ref().is_some_and(|before| before.status != change.after.status);
            if moved_status && staff.privileged.contains(login) {
                return Err(login.to_owned());
            }
            let unit = |account: &Account| account.user.unit.clone();
            if let Some(code) = unit(&change.after)
                && change.before.as_ref().and_then(unit).as_ref() != Some(&code)
                && staff.units.get(&code).is_none_or(|unit| unit.status != "active")
            {
                return Err(code);
            }
        }
        for (login, status) in &self.gone {
            if staff.accounts.get(login).is_none_or(|account| account.status != *status) || staff.privileged.contains(login) {
                return Err(login.clone());
            }
        }
        Ok(())
    }
}

fn write(ctx: &mut Context, planned: &Planned<Account>, codes: Option<&Path>) -> Result<()> {
    let desk = Desk::new(ctx, "user import")?;
    let at = desk.at;
    let expires = ctx.clock.now().day().saturating_add(CODE_DAYS.days());
    let progress = ctx.progress(&say!("progress-writing"), Some(planned.writes()));
    let new = |change: &&Change<Account>| change.before.is_none() && change.after.status == "active";
    let codes = match codes.filter(|_| !ctx.globals.dry_run) {
        Some(path) => Some(Codes::write(path, planned.changes.iter().filter(new).map(|change| &change.after), expires)?),
        None => None,
    };
    let reason = ctx.globals.reason.clone().unwrap_or_else(|| format!("名单中无此人（{}）", planned.source));
    ctx.write(|db, log| {
        crate::db::units::one_at_a_time(db)?;
        let touched: Vec<&str> = planned.changes.iter().map(|change| change.after.user.login_name.as_str()).collect();
        users::hold(db, &touched)?;
        users::hold(db, &planned.gone.iter().map(|(login, _)| login.as_str()).collect::<Vec<_>>())?;
        let staff = Staff::load(db)?;
        planned.still_stands(&staff, desk.today).map_err(|key| moved(&key))?;
        let row = |account: &Account| {
            let unit = account.user.unit.as_ref().and_then(|code| staff.units.get(code));
            super::row(&account.user, unit.map(|unit| unit.id))
        };
        let status_reason = |account: &Account| Some(format!("{}（{}）", account.status_word(), planned.source));
        let (added, changed): (Vec<_>, Vec<_>) = planned.changes.iter().partition(|change| change.before.is_none());
        let arriving: Vec<Arriving> = added
            .iter()
            .map(|change| Arriving { row: row(&change.after), status: change.after.status.clone(), reason: status_reason(&change.after) })
            .collect();
        users::add_all(db, &arriving, at)?;
        progress.advance(added.len() as u64);
        let rows: Vec<_> = changed.iter().map(|change| row(&change.after)).collect();
        let mut written = users::edit_all(db, &rows)?;
        let mut out: Vec<_> = planned.gone.iter().map(|(login, _)| (login.clone(), "disabled".to_owned(), Some(reason.clone()))).collect();
        let put_out = changed.iter().filter(|change| change.before.as_ref().is_some_and(|before| before.status != change.after.status));
        out.extend(put_out.map(|change| (change.after.user.login_name.clone(), change.after.status.clone(), status_reason(&change.after))));
        written += users::put_out(db, &out, at)?;
        if written != (changed.len() + out.len()) as u64 {
            return Err(moved("oa_user"));
        }
        // Whose accounts become one person's is told by the staff number: their roles must not exclude one another.
        for change in changed.iter().filter(|change| staff.holders.contains(change.after.user.login_name.as_str())) {
            let before = change.before.as_ref().and_then(|before| before.user.staff_no.as_deref());
            if let Some(number) = change.after.user.staff_no.as_deref().filter(|number| before != Some(number)) {
                let user = known(db, &change.after.user.login_name)?;
                crate::cli::role::may_be_one_person(db, &user, number, at)?;
            }
        }
        // Rights end with the account, as by `user disable` and `user lock`.
        for (login, status, _) in &out {
            let user = known(db, login)?;
            if status == "locked" {
                accounts::end_sessions(db, user.id, at, desk.verb)?;
                desk.strip_delegations(db, log, &user, Delegations::To)?;
            } else {
                desk.strip(db, log, &user)?;
            }
        }
        for code in staff.officers().keys() {
            let unit = staff.units.get(*code).map(|unit| unit.id);
            if let Some(unit) = unit.filter(|_| planned.writes() > 0)
                && !units::has_officer(db, unit)?
            {
                keeps_officer(db, Some(unit), true)?;
            }
        }
        if let Some(codes) = &codes {
            let issued = users::issue_codes(db, &codes.hashes, at, expires.into())?;
            debug_assert_eq!(issued, codes.hashes.len() as u64);
        }
        progress.advance((changed.len() + out.len()) as u64);
        log.extend(planned.changes.iter().map(entry));
        log.extend(planned.gone.iter().map(|(login, status)| Entry {
            verb: "user import",
            table: Some("oa_user"),
            key: Some(login.clone()),
            old: Some(json!({ "status": status })),
            new: Some(json!({ "status": "disabled", "disabled_reason": reason })),
        }));
        Ok(())
    })?;
    if let Some(codes) = codes {
        codes.keep(ctx);
    }
    Ok(())
}

fn entry(change: &Change<Account>) -> Entry {
    let moved = change.before.as_ref().is_none_or(|before| before.status != change.after.status);
    let logged = |account: &Account| -> Value {
        let mut value = super::row(&account.user, None).logged(account.user.unit.as_deref());
        if moved && (change.before.is_some() || account.status != "active") {
            value["status"] = account.status.clone().into();
        }
        value
    };
    Entry {
        verb: "user import",
        table: Some("oa_user"),
        key: Some(change.after.user.login_name.clone()),
        old: change.before.as_ref().map(logged),
        new: Some(logged(&change.after)),
    }
}

/// The file of activation codes, removed again unless the accounts they open are there to stay.
struct Codes {
    path: Option<PathBuf>,
    /// Login and SHA-256. A code is as long as a key: it needs no slow hash as a password does.
    hashes: Vec<(String, String)>,
    _litter: Litter,
}

impl Codes {
    fn write<'a>(path: &Path, accounts: impl Iterator<Item = &'a Account>, expires: jiff::civil::Date) -> Result<Self> {
        let mut hashes = Vec::new();
        let mut table = csv::Writer::from_writer(Vec::new());
        let failed = |error: csv::Error| of_file(path, &error.into());
        table.write_record(["login_name", "real_name", "code", "expires_on"]).map_err(failed)?;
        for account in accounts {
            let code = secret::random()?;
            hashes.push((account.user.login_name.clone(), hex(&Sha256::digest(&code))));
            table.write_record([&account.user.login_name, &account.user.real_name, &code, &expires.to_string()]).map_err(failed)?;
        }
        let table = table.into_inner().map_err(|error| of_file(path, error.error()))?;
        secret::write(path, |out| out.write_all(&table))?;
        Ok(Self { path: Some(path.to_owned()), hashes, _litter: Litter::at(path) })
    }

    fn keep(mut self, ctx: &Context) {
        if let Some(path) = self.path.take() {
            ctx.remark(&say!("import-codes", count = self.hashes.len().to_string(), path = path.display().to_string()));
        }
    }
}

impl Drop for Codes {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            let _ = std::fs::remove_file(path);
        }
    }
}
