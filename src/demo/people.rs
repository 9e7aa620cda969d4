//! Units, users, posts, roles, grants and last logins.

use jiff::ToSpan;

use super::names::{DISTRICTS, GIVEN, OFFICES, SUBORDINATE, SURNAMES};
use super::row::{Writer, flag, id, text};

/// Who works where, for those who write information.
pub(super) struct People {
    /// Units on the OA: id and code.
    pub(super) units: Vec<(i64, String)>,
    /// Active users by unit, in the order of `units`.
    pub(super) users: Vec<Vec<i64>>,
    /// Everybody who is active: id and login.
    pub(super) logins: Vec<(i64, String)>,
}

impl People {
    /// One of those who are active, the same for the same number.
    pub(super) fn somebody(&self, n: usize) -> i64 {
        self.anybody(n.wrapping_mul(7_919)).0
    }

    /// The same with the login.
    pub(super) fn anybody(&self, n: usize) -> (i64, &str) {
        let (user, login) = &self.logins[n % self.logins.len()];
        (*user, login)
    }
}

const UNIT: &[&str] =
    &["id", "code", "name", "short_name", "kind", "parent_id", "level", "division_code", "oa_mode", "status", "opened_on", "sort_no"];
const USER: &[&str] = &[
    "id",
    "login_name",
    "real_name",
    "staff_no",
    "unit_id",
    "account_type",
    "status",
    "is_info_officer",
    "joined_on",
    "left_on",
    "last_login_at",
    "pwd_hash",
    "pwd_algo",
    "pwd_changed_at",
    "must_change_pwd",
    "mfa_enabled",
    "phone",
    "email",
    "created_at",
    "left_reason",
];
const ROLES: [(&str, &str, &[&str]); 4] = [
    ("clerk", "经办人员", &["doc:draft", "info:submit"]),
    ("reviewer", "审核人员", &["doc:review", "info:review"]),
    ("info_officer", "信息员", &["info:submit", "disclosure:register"]),
    ("archivist", "档案员", &["archive:file"]),
];

pub(super) fn make<E>(writer: &mut Writer<'_, E>) -> Result<People, E> {
    let units = units(writer)?;
    for (n, (code, name, _)) in ROLES.iter().enumerate() {
        writer.row(
            "role",
            &["id", "code", "name", "admin_kind", "privileged"],
            vec![text(id(n)), text(code), text(name), text("none"), flag(false)],
        )?;
    }
    for (n, (_, _, permissions)) in ROLES.iter().enumerate() {
        for perm in *permissions {
            writer.row("role_permission", &["role_id", "perm"], vec![text(id(n)), text(perm)])?;
        }
    }
    let count = super::USERS * writer.scale - 3;
    let mut users: Vec<Vec<i64>> = vec![Vec::new(); units.len()];
    let mut stems = std::collections::HashMap::new();
    let mut logins = Vec::with_capacity(count);
    let mut posts = Vec::with_capacity(count);
    let mut grants = Vec::with_capacity(count);
    for n in 0..count {
        // The first of every unit is its information officer and stays.
        let at = if n < units.len() { n } else { writer.rng.usize(..units.len()) };
        let officer = n < units.len();
        let left = !officer && writer.rng.u8(0..100) < 4;
        let joined = writer.days_ago(200, 3_650);
        let login = user(writer, n, &mut stems, Person { unit: units[at].0, officer, left, joined })?;
        posts.push((id(n), units[at].0, joined, left));
        if !left {
            users[at].push(id(n));
            logins.push((id(n), login));
            grants.push((id(n), if officer { 2 } else { n % 2 }, joined));
        }
    }
    for (n, (user, unit, joined, left)) in posts.iter().enumerate() {
        let until = left.then(|| writer.today.saturating_sub(60.days()).to_string());
        let name = writer.one_of(&["科员", "主任科员", "工程师", "高级工程师", "副处长"]);
        writer.row(
            "user_post",
            &["id", "user_id", "unit_id", "post_name", "is_main", "from_on", "to_on"],
            vec![text(id(n)), text(user), text(unit), text(name), flag(true), text(joined), until],
        )?;
    }
    for (n, (user, role, joined)) in grants.iter().enumerate() {
        let at = format!("{joined} 09:00:00+08:00");
        let [system, security, _] = writer.ground.administrators;
        writer.row(
            "user_role",
            &["id", "user_id", "role_id", "granted_by", "granted_at", "approved_by", "approved_at"],
            vec![text(id(n)), text(user), text(id(*role)), text(system), text(&at), text(security), text(&at)],
        )?;
    }
    Ok(People { units, users, logins })
}

fn units<E>(writer: &mut Writer<'_, E>) -> Result<Vec<(i64, String)>, E> {
    let opened = "2009-05-07";
    let mut made = Vec::new();
    let bureau = text(writer.ground.bureau);
    let offices = OFFICES.iter().map(|name| ("office", *name, "full"));
    let subordinate = SUBORDINATE.iter().map(|name| ("subordinate", *name, "full"));
    for (n, (kind, name, mode)) in offices.chain(subordinate).enumerate() {
        let code = format!("{}{:02}", if kind == "office" { "1" } else { "2" }, n + 1);
        let full = format!("天津市水务局{name}");
        writer.row(
            "unit",
            UNIT,
            vec![
                text(id(n)),
                text(&code),
                text(full),
                text(name),
                text(kind),
                bureau.clone(),
                text(1),
                None,
                text(mode),
                text("active"),
                text(opened),
                text(n + 1),
            ],
        )?;
        made.push((id(n), code));
    }
    for (n, (name, division)) in DISTRICTS.iter().enumerate() {
        let number = made.len() + n;
        let short = format!("{name}水务局");
        writer.row(
            "unit",
            UNIT,
            vec![
                text(id(number)),
                text(format!("3{:02}", n + 1)),
                text(format!("天津市{short}")),
                text(short),
                text("district"),
                bureau.clone(),
                text(1),
                text(division),
                text("exchange"),
                text("active"),
                text(opened),
                text(number + 1),
            ],
        )?;
    }
    Ok(made)
}

struct Person {
    unit: i64,
    officer: bool,
    left: bool,
    joined: jiff::civil::Date,
}

/// Writes a user and tells the login.
fn user<E>(writer: &mut Writer<'_, E>, n: usize, stems: &mut std::collections::HashMap<String, u32>, person: Person) -> Result<String, E> {
    let (surname, pinyin) = writer.one_of(&SURNAMES);
    let (first, first_pinyin) = writer.one_of(&GIVEN);
    let (second, second_pinyin) = if writer.rng.u8(0..10) < 7 { writer.one_of(&GIVEN) } else { ("", "") };
    let stem = format!("{pinyin}{first_pinyin}{second_pinyin}");
    let seen = stems.entry(stem.clone()).or_insert(0);
    *seen += 1;
    // Always numbered, so that nobody is called like one of the administrators.
    let login = format!("{stem}{seen:02}");
    let left_on = person.left.then(|| writer.today.saturating_sub(60.days()));
    let last_login = match left_on {
        None => writer.days_ago(1, 20),
        Some(day) => day.saturating_sub(1.days()),
    };
    let (last_login, changed) = (writer.in_office(last_login), writer.days_ago(1, 60));
    let changed = writer.in_office(changed);
    let hash = password(writer);
    let phone = format!("1{}{:09}", writer.rng.u8(3..9), writer.rng.u32(0..1_000_000_000));
    let cells = vec![
        text(id(n)),
        text(&login),
        text(format!("{surname}{first}{second}")),
        text(format!("{:06}", 100_000 + n)),
        text(person.unit),
        text("person"),
        text(if person.left { "closed" } else { "active" }),
        flag(person.officer),
        text(person.joined),
        left_on.map(|day| day.to_string()),
        text(last_login),
        text(hash),
        text("argon2id"),
        text(changed),
        flag(false),
        flag(false),
        text(phone),
        text(format!("{login}@swj.example")),
        text(format!("{} 09:00:00+08:00", person.joined)),
        person.left.then(|| "退休".to_owned()),
    ];
    writer.row("oa_user", USER, cells)?;
    Ok(login)
}

/// A PHC string nobody can log in with: salt and hash are chance.
pub(super) fn password<E>(writer: &mut Writer<'_, E>) -> String {
    let mut letters = |n: usize| (0..n).map(|_| writer.rng.alphanumeric()).collect::<String>();
    let (salt, hash) = (letters(22), letters(43));
    format!("$argon2id$v=19$m=19456,t=2,p=1${salt}${hash}")
}
