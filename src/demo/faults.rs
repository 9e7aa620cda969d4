//! One fault for each rule, and what an audit must find: accounts, roles and units here, the rest below.
//!
//! Every fault stands on accounts and units of its own, so that no other rule fires.

mod cases;
mod ledger;
mod office;
mod papers;

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;

use super::people::password;
use super::row::{Writer, flag, text};

/// A finding the audit must make.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expected {
    pub rule: &'static str,
    pub key: String,
}

/// Ids far above what a bureau of any scale uses.
pub(super) const BASE: i64 = 900_000_000;

const UNIT: &[&str] =
    &["id", "code", "name", "short_name", "kind", "parent_id", "level", "oa_mode", "status", "opened_on", "closed_on", "sort_no"];
const GRANT: &[&str] = &["id", "user_id", "role_id", "granted_by", "granted_at", "approved_by", "approved_at", "expires_on"];
const ACCOUNT: &[&str] = &[
    "id",
    "login_name",
    "real_name",
    "staff_no",
    "unit_id",
    "account_type",
    "status",
    "is_builtin",
    "is_info_officer",
    "left_on",
    "valid_until",
    "last_login_at",
    "pwd_hash",
    "pwd_algo",
    "pwd_changed_at",
    "must_change_pwd",
    "failed_logins",
    "mfa_enabled",
    "created_at",
];

/// A sound account, to be made faulty in one respect.
#[derive(Clone)]
struct Account {
    login: String,
    staff_no: Option<String>,
    unit: Option<i64>,
    kind: &'static str,
    status: &'static str,
    builtin: bool,
    officer: bool,
    left_on: Option<Date>,
    last_login: Option<Date>,
    hash: Option<String>,
    algorithm: &'static str,
    changed: Option<Date>,
    must_change: bool,
    failed: i64,
    second_factor: bool,
    created: Date,
}

struct Planter<'a, 'b, E> {
    writer: &'a mut Writer<'b, E>,
    expected: Vec<Expected>,
    accounts: Vec<Account>,
    grants: Vec<Grant>,
}

/// A grant by account number (place in the list) and role.
struct Grant {
    account: usize,
    role: i64,
    approved_by: Option<i64>,
    expires_on: Option<Date>,
}

pub(super) fn plant<E>(writer: &mut Writer<'_, E>) -> Result<Vec<Expected>, E> {
    let mut planter = Planter { writer, expected: Vec::new(), accounts: Vec::new(), grants: Vec::new() };
    planter.units()?;
    planter.roles()?;
    planter.faulty_accounts();
    planter.faulty_grants();
    let accounts = planter.write()?;
    let place = |login: &str| accounts.get(login).copied().unwrap_or(BASE);
    let mut bed = Bed { writer: planter.writer, expected: planter.expected, used: BTreeMap::new() };
    bed.body(BASE)?;
    bed.documents(place("acc-014"))?;
    bed.disclosure()?;
    bed.cases()?;
    bed.archive()?;
    bed.exchange()?;
    bed.meetings()?;
    bed.portal()?;
    bed.operations()?;
    bed.log(place("acc-002"))?;
    bed.schema()?;
    bed.waivers()?;
    Ok(bed.expected)
}

/// Where faults grow that need no account of their own.
struct Bed<'a, 'b, E> {
    writer: &'a mut Writer<'b, E>,
    expected: Vec<Expected>,
    /// Rows made by table.
    used: BTreeMap<&'static str, i64>,
}

impl<E> Bed<'_, '_, E> {
    fn ago(&self, days: i64) -> Date {
        self.writer.today.saturating_sub(days.days())
    }

    fn ahead(&self, days: i64) -> Date {
        self.writer.today.saturating_add(days.days())
    }

    fn expect(&mut self, rule: &'static str, key: impl Into<String>) {
        self.expected.push(Expected { rule, key: key.into() });
    }

    /// The next id of a table; the first ones belong to the faults of units and accounts.
    fn next(&mut self, table: &'static str) -> i64 {
        let used = self.used.entry(table).or_insert(1_000);
        *used += 1;
        BASE + *used
    }
}

impl<E> Planter<'_, '_, E> {
    fn ago(&self, days: i64) -> Date {
        self.writer.today.saturating_sub(days.days())
    }

    fn expect(&mut self, rule: &'static str, key: impl Into<String>) {
        self.expected.push(Expected { rule, key: key.into() });
    }

    /// A sound account named after the rule it is for.
    fn sound(&mut self, login: &str) -> Account {
        Account {
            login: login.to_owned(),
            staff_no: Some(format!("F{:05}", self.accounts.len())),
            unit: Some(self.writer.ground.bureau),
            kind: "person",
            status: "active",
            builtin: false,
            officer: false,
            left_on: None,
            last_login: Some(self.ago(1)),
            hash: Some(password(self.writer)),
            algorithm: "argon2id",
            changed: Some(self.ago(10)),
            must_change: false,
            failed: 0,
            second_factor: false,
            created: self.ago(400),
        }
    }

    fn account(&mut self, login: &str, change: impl FnOnce(&mut Account)) -> usize {
        let mut account = self.sound(login);
        change(&mut account);
        self.accounts.push(account);
        self.accounts.len() - 1
    }

    fn units(&mut self) -> Result<(), E> {
        let (bureau, opened) = (self.writer.ground.bureau, self.ago(400));
        let closed = self.ago(30);
        // id, code, kind, parent, level, mode, status
        let units: [(i64, &str, &str, Option<i64>, i64, &str, &str); 6] = [
            (1, "UNI-001", "district", None, 1, "exchange", "active"),
            // Two units above each other: the upper one's level cannot be right either.
            (2, "UNI-002A", "external", None, 1, "none", "active"),
            (3, "UNI-002B", "external", Some(BASE + 2), 2, "none", "active"),
            (4, "UNI-003", "external", None, 1, "none", "closed"),
            (5, "UNI-004", "office", Some(bureau), 1, "full", "active"),
            (6, "UNI-006", "office", Some(bureau), 1, "full", "active"),
        ];
        for (n, code, kind, parent, level, mode, status) in units {
            let closed = (status == "closed").then(|| closed.to_string());
            let parent = parent.map(|id| id.to_string());
            self.writer.row(
                "unit",
                UNIT,
                vec![
                    text(BASE + n),
                    text(code),
                    text(format!("问题单位{code}")),
                    text(code),
                    text(kind),
                    parent,
                    text(level),
                    text(mode),
                    text(status),
                    text(opened),
                    closed,
                    text(900 + n),
                ],
            )?;
        }
        self.writer.hang(BASE + 2, BASE + 3)?;
        for key in ["UNI-002A", "UNI-002B"] {
            self.expect("UNI-002", key);
        }
        self.expect("UNI-005", "UNI-002A");
        self.expect("UNI-001", "UNI-001");
        self.expect("UNI-004", "UNI-004");
        self.expect("UNI-006", "UNI-006");
        self.writer.row(
            "document",
            &["id", "direction", "type_code", "title", "unit_id", "status", "created_at"],
            vec![
                text(BASE),
                text("in"),
                text("tongzhi"),
                text("撤销单位的未办结公文"),
                text(BASE + 4),
                text("handling"),
                text(format!("{opened} 09:00:00+08:00")),
            ],
        )?;
        self.expect("UNI-003", papers::unnumbered("撤销单位的未办结公文", BASE));
        Ok(())
    }

    fn roles(&mut self) -> Result<(), E> {
        let roles = [
            (1, "operator", "none", true),
            (2, "payment_request", "none", false),
            (3, "payment_approve", "none", false),
            (4, "audit_admin_2", "audit", true),
            (5, "everything", "none", false),
            (6, "log_keeper", "none", false),
        ];
        for (n, code, kind, privileged) in roles {
            self.writer.row(
                "role",
                &["id", "code", "name", "admin_kind", "privileged"],
                vec![text(BASE + n), text(code), text(code), text(kind), flag(privileged)],
            )?;
        }
        for (n, perm) in [(5, "*"), (6, "audit:delete")] {
            self.writer.row("role_permission", &["role_id", "perm"], vec![text(BASE + n), text(perm)])?;
        }
        self.writer.row("role_exclusion", &["role_a", "role_b", "reason"], vec![text(BASE + 2), text(BASE + 3), text("经办与审批分离")])?;
        self.expect("ROL-002", "audit_admin_2");
        self.expect("ROL-008", "everything");
        self.expect("ROL-009", "log_keeper");
        Ok(())
    }

    fn faulty_accounts(&mut self) {
        let (yesterday, old, older) = (self.ago(1), self.ago(100), self.ago(200));
        let mut one = |rule: &'static str, change: &dyn Fn(&mut Account)| {
            let login = rule.to_lowercase();
            self.account(&login, |account| change(account));
            self.expect(rule, login);
        };
        one("ACC-001", &|a| a.left_on = Some(yesterday));
        one("ACC-003", &|a| a.last_login = Some(old));
        one("ACC-004", &|a| a.builtin = true);
        one("ACC-005", &|a| a.changed = Some(old));
        one("ACC-006", &|a| a.algorithm = "md5");
        one("ACC-009", &|a| a.kind = "shared");
        one("ACC-011", &|a| a.kind = "external");
        one("ACC-012", &|a| a.failed = 6);
        one("ACC-013", &|a| a.unit = None);
        let recently = self.ago(10);
        self.account("acc-008", |a| {
            a.must_change = true;
            a.changed = None;
            a.created = recently;
        });
        self.expect("ACC-008", "acc-008");
        let shared = password(self.writer);
        for login in ["acc-007a", "acc-007b"] {
            let hash = shared.clone();
            self.account(login, |a| a.hash = Some(hash));
            self.expect("ACC-007", login);
        }
        for login in ["acc-010a", "acc-010b"] {
            self.account(login, |a| a.staff_no = Some("F-TWICE".to_owned()));
            self.expect("ACC-010", login);
        }
        self.account("acc-014", |a| {
            a.status = "closed";
            a.left_on = Some(older);
        });
        // The information officer of UNI-006 comes too rarely; UNI-004 has people, but no officer.
        let forty = self.ago(40);
        self.account("uni-006", |a| {
            a.unit = Some(BASE + 6);
            a.officer = true;
            a.last_login = Some(forty);
        });
        self.account("uni-004", |a| a.unit = Some(BASE + 5));
        self.account("acc-002", |_| {});
        self.account("rol-010", |_| {});
    }

    fn faulty_grants(&mut self) {
        let [system_role, security_role, _] = self.writer.ground.roles;
        let [_, _, audit] = self.writer.ground.administrators;
        let (operator, request, approve) = (BASE + 1, BASE + 2, BASE + 3);
        let plain = BASE + 2;
        let grant = |planter: &mut Self, account: usize, role: i64, approved_by: Option<i64>, expires_on: Option<Date>| {
            planter.grants.push(Grant { account, role, approved_by, expires_on });
        };
        let at = self.account("acc-015", |_| {});
        grant(self, at, operator, Some(audit), None);
        self.expect("ACC-015", "acc-015");

        let at = self.account("rol-001", |_| {});
        grant(self, at, request, Some(audit), None);
        grant(self, at, approve, Some(audit), None);
        self.expect("ROL-001", "rol-001");

        let at = self.account("rol-003", |a| a.second_factor = true);
        grant(self, at, security_role, Some(audit), None);
        grant(self, at, operator, Some(audit), None);
        self.expect("ROL-003", "rol-003");

        let at = self.account("rol-004", |_| {});
        grant(self, at, plain, Some(BASE + at as i64), None);
        self.expect("ROL-004", "rol-004/payment_request");

        let at = self.account("rol-005", |a| a.second_factor = true);
        grant(self, at, operator, None, None);
        self.expect("ROL-005", "rol-005/operator");

        let at = self.account("rol-006", |_| {});
        let yesterday = self.ago(1);
        grant(self, at, plain, Some(audit), Some(yesterday));
        self.expect("ROL-006", "rol-006/payment_request");

        let at = self.account("rol-007", |a| a.status = "disabled");
        grant(self, at, plain, Some(audit), None);
        self.expect("ROL-007", "rol-007/payment_request");

        // With the one from init there are four, one more than the limit.
        for n in 1..=3 {
            let at = self.account(&format!("rol-011-{n}"), |a| a.second_factor = true);
            grant(self, at, system_role, Some(audit), None);
        }
        self.expect("ROL-011", "system_admin");
    }

    /// Writes accounts and grants, and tells the accounts' ids.
    fn write(&mut self) -> Result<BTreeMap<String, i64>, E> {
        let accounts = std::mem::take(&mut self.accounts);
        for (n, account) in accounts.iter().enumerate() {
            self.write_account(n, account)?;
        }
        let security = self.writer.ground.administrators[1];
        let granted = format!("{} 09:00:00+08:00", self.ago(300));
        for (n, grant) in std::mem::take(&mut self.grants).into_iter().enumerate() {
            let approved = grant.approved_by.map(|_| granted.clone());
            self.writer.row(
                "user_role",
                GRANT,
                vec![
                    text(BASE + n as i64),
                    text(BASE + grant.account as i64),
                    text(grant.role),
                    text(security),
                    text(&granted),
                    grant.approved_by.map(|id| id.to_string()),
                    approved,
                    grant.expires_on.map(|day| day.to_string()),
                ],
            )?;
        }
        self.transfer_and_delegation(&accounts)?;
        self.late_login(&accounts)?;
        Ok(accounts.into_iter().enumerate().map(|(n, account)| (account.login, BASE + n as i64)).collect())
    }

    fn write_account(&mut self, n: usize, account: &Account) -> Result<(), E> {
        let at = |day: Option<Date>| day.map(|day| format!("{day} 09:00:00+08:00"));
        self.writer.row(
            "oa_user",
            ACCOUNT,
            vec![
                text(BASE + n as i64),
                text(&account.login),
                text(format!("问题账户{}", account.login)),
                account.staff_no.clone(),
                account.unit.map(|id| id.to_string()),
                text(account.kind),
                text(account.status),
                flag(account.builtin),
                flag(account.officer),
                account.left_on.map(|day| day.to_string()),
                None,
                at(account.last_login),
                account.hash.clone(),
                text(account.algorithm),
                at(account.changed),
                flag(account.must_change),
                text(account.failed),
                flag(account.second_factor),
                at(Some(account.created)),
            ],
        )
    }

    fn transfer_and_delegation(&mut self, accounts: &[Account]) -> Result<(), E> {
        let place = |login: &str| BASE + accounts.iter().position(|account| account.login == login).unwrap_or_default() as i64;
        let yesterday = self.ago(1);
        self.writer.row(
            "user_transfer",
            &["id", "user_id", "kind", "from_unit_id", "to_unit_id", "effective_on", "handover_done_at", "papers_returned_at"],
            vec![
                text(BASE),
                text(place("acc-002")),
                text("transfer"),
                text(self.writer.ground.bureau),
                text(BASE + 5),
                text(yesterday),
                text(format!("{yesterday} 09:00:00+08:00")),
                text(format!("{yesterday} 09:00:00+08:00")),
            ],
        )?;
        self.expect("ACC-002", format!("acc-002 transfer {yesterday}"));
        let start = format!("{yesterday} 09:00:00");
        self.writer.row(
            "delegation",
            &["id", "from_user_id", "to_user_id", "scope", "starts_at"],
            vec![text(BASE), text(place("rol-010")), text(place("acc-002")), text("all"), text(format!("{start}+08:00"))],
        )?;
        self.expect("ROL-010", format!("rol-010 -> acc-002 {start}"));
        Ok(())
    }

    fn late_login(&mut self, accounts: &[Account]) -> Result<(), E> {
        let user = BASE + accounts.iter().position(|account| account.login == "acc-014").unwrap_or_default() as i64;
        let at = format!("{} 22:15:00", self.ago(150));
        self.writer.row(
            "login_log",
            &["id", "user_id", "login_name", "at", "ip", "ok"],
            vec![text(BASE), text(user), text("acc-014"), text(format!("{at}+08:00")), text("10.1.2.3"), flag(true)],
        )?;
        self.expect("ACC-014", format!("acc-014 {at}"));
        Ok(())
    }
}
