//! Users (用户) as an import brings them.

use jiff::civil::Date;

use crate::intake::{Field, Row};
use crate::plan::{Facts, Readable, Reject};

/// The columns a user table may have.
pub const USER_FIELDS: &[Field] = &[
    Field { key: "login_name", aliases: &["login_name", "login", "账号", "登录名", "用户名"], required: true, carry_down: false },
    Field { key: "real_name", aliases: &["real_name", "name", "姓名"], required: true, carry_down: false },
    Field { key: "staff_no", aliases: &["staff_no", "工号", "职工号", "人员编号"], required: false, carry_down: false },
    Field { key: "unit", aliases: &["unit", "单位编码", "部门编码", "所在单位", "单位"], required: true, carry_down: false },
    Field { key: "account_type", aliases: &["account_type", "账户类型", "用户类型"], required: false, carry_down: false },
    Field {
        key: "is_info_officer",
        aliases: &["is_info_officer", "info_officer", "信息员", "是否信息员"],
        required: false,
        carry_down: false,
    },
    Field { key: "joined_on", aliases: &["joined_on", "到岗日期", "入职日期"], required: false, carry_down: false },
    Field { key: "valid_until", aliases: &["valid_until", "有效期至", "有效期"], required: false, carry_down: false },
    Field { key: "phone", aliases: &["phone", "电话", "手机", "联系电话"], required: false, carry_down: false },
    Field { key: "email", aliases: &["email", "邮箱", "电子邮箱", "电子邮件"], required: false, carry_down: false },
];

/// What is known of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserFacts {
    pub login_name: String,
    pub real_name: String,
    pub staff_no: Option<String>,
    /// Code of the unit.
    pub unit: Option<String>,
    pub account_type: String,
    pub is_info_officer: bool,
    pub joined_on: Option<Date>,
    pub valid_until: Option<Date>,
    pub phone: Option<String>,
    pub email: Option<String>,
}

impl Facts for UserFacts {
    fn key(&self) -> &str {
        &self.login_name
    }

    fn fields(&self) -> Vec<(&'static str, Option<String>)> {
        vec![
            ("real_name", Some(self.real_name.clone())),
            ("staff_no", self.staff_no.clone()),
            ("unit", self.unit.clone()),
            ("account_type", Some(self.account_type.clone())),
            ("is_info_officer", Some(self.is_info_officer.to_string())),
            ("joined_on", self.joined_on.map(|day| day.to_string())),
            ("valid_until", self.valid_until.map(|day| day.to_string())),
            ("phone", self.phone.clone()),
            ("email", self.email.clone()),
        ]
    }
}

/// An account as an import compares it: whose it is, and whether it may log in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub user: UserFacts,
    /// `active`, `disabled`, `locked` or `closed`.
    pub status: String,
}

impl Account {
    /// The Chinese word for its status, as reasons on record say it.
    pub fn status_word(&self) -> &'static str {
        match self.status.as_str() {
            "active" => "启用",
            "locked" => "锁定",
            "closed" => "注销",
            _ => "停用",
        }
    }
}

impl Facts for Account {
    fn key(&self) -> &str {
        self.user.key()
    }

    fn fields(&self) -> Vec<(&'static str, Option<String>)> {
        let mut fields = self.user.fields();
        fields.push(("status", Some(self.status.clone())));
        fields
    }
}

impl Readable for Account {
    fn read(key: &str, field: &dyn Fn(&str) -> Option<String>) -> Option<Self> {
        let day = |key: &str| field(key).map(|text| text.parse().ok()).map_or(Some(None), |day| day.map(Some));
        let user = UserFacts {
            login_name: key.to_owned(),
            real_name: field("real_name")?,
            staff_no: field("staff_no"),
            unit: field("unit"),
            account_type: field("account_type")?,
            is_info_officer: field("is_info_officer")?.parse().ok()?,
            joined_on: day("joined_on")?,
            valid_until: day("valid_until")?,
            phone: field("phone"),
            email: field("email"),
        };
        Some(Self { user, status: field("status")? })
    }
}

/// A login: 2 to 32 lower-case letters, digits, `.`, `_` or `-`, beginning with a letter or digit.
pub fn valid_login(login: &str) -> bool {
    let mut letters = login.chars();
    letters.next().is_some_and(|first| first.is_ascii_lowercase() || first.is_ascii_digit())
        && letters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c))
        && (2..=32).contains(&login.len())
}

/// A login every intruder tries first (默认账户, GB/T 22239 8.1.4.2 b).
pub fn default_login(login: &str) -> bool {
    ["admin", "administrator", "root", "sa", "sys", "system", "test", "guest", "oracle", "postgres", "user"]
        .contains(&login.to_lowercase().as_str())
}

/// Whether an account that may log in is past its end, or from outside and without one (GB/T 22239 8.1.8.4 c).
pub fn no_end(facts: &UserFacts, today: Date) -> bool {
    facts.valid_until.map_or(facts.account_type == "external", |day| day < today)
}

fn account_type(text: &str) -> Option<&'static str> {
    Some(match text {
        "person" | "个人" | "人员" => "person",
        "external" | "外部" | "外部人员" | "临时" => "external",
        "service" | "服务" | "系统服务" => "service",
        "shared" | "共享" => "shared",
        _ => return None,
    })
}

/// Reads one row; every fault of the row is returned at once.
///
/// `hidden` shows a telephone number as exports do: a masked number that agrees
/// with the one known leaves it alone.
///
/// # Errors
/// The rules the row breaks.
pub fn read_user(
    row: &Row,
    known: Option<&UserFacts>,
    unit_exists: &dyn Fn(&str) -> bool,
    hidden: &dyn Fn(&str) -> String,
) -> Result<UserFacts, Vec<Reject>> {
    let mut faults = Vec::new();
    let mut fault = |column: &'static str, rule: &'static str, value: &str| {
        faults.push(Reject { line: row.line, column, rule, value: value.to_owned(), cells: row.original().to_vec() });
    };
    let text = |key: &str| row.get(key).filter(|text| !text.is_empty());
    let login = text("login_name").unwrap_or_default().to_lowercase();
    if login.is_empty() {
        fault("login_name", "value-missing", "");
    } else if !valid_login(&login) {
        fault("login_name", "login-form", &login);
    }
    let mut plain = |key: &'static str, known: Option<String>| {
        super::unmasked(row, key, known).unwrap_or_else(|masked| {
            fault(key, "masked-number", &masked);
            None
        })
    };
    let name = plain("real_name", known.map(|user| user.real_name.clone())).unwrap_or_default();
    let staff_no = plain("staff_no", known.and_then(|user| user.staff_no.clone()));
    let email = plain("email", known.and_then(|user| user.email.clone()));
    if name.is_empty() && text("real_name").is_none() {
        fault("real_name", "value-missing", "");
    } else if super::broken(&name) && known.is_none_or(|user| user.real_name != name) {
        fault("real_name", "name-broken", &name.replace(['\n', '\r'], "␤"));
    }
    if known.is_none() && default_login(&login) {
        fault("login_name", "default-login", &login);
    }
    let unit = text("unit");
    match unit {
        None => fault("unit", "value-missing", ""),
        Some(code) if !unit_exists(code) => fault("unit", "unit-unknown", code),
        Some(_) => {}
    }
    let kind = match text("account_type") {
        None => known.map(|user| user.account_type.clone()).or_else(|| Some("person".to_owned())),
        Some(word) => account_type(word).map(str::to_owned),
    };
    if kind.is_none() {
        fault("account_type", "account-type", text("account_type").unwrap_or_default());
    }
    let officer = match row.get("is_info_officer") {
        None => Some(known.is_some_and(|user| user.is_info_officer)),
        Some(word) => super::yes_or_no(word),
    };
    if officer.is_none() {
        fault("is_info_officer", "yes-or-no", text("is_info_officer").unwrap_or_default());
    }
    let mut day = |key: &'static str, known: Option<Date>| match row.get(key) {
        None => known,
        Some("") => None,
        Some(word) => {
            let day = super::day(word);
            if day.is_none() {
                fault(key, "not-a-day", word);
            }
            day
        }
    };
    let joined_on = day("joined_on", known.and_then(|user| user.joined_on));
    let valid_until = day("valid_until", known.and_then(|user| user.valid_until));
    if let (Some(from), Some(to)) = (joined_on, valid_until)
        && to < from
    {
        fault("valid_until", "valid-before-joined", &to.to_string());
    }
    let known_phone = known.and_then(|user| user.phone.clone());
    let phone = match text("phone") {
        Some(masked) if masked.contains('*') => {
            if known_phone.as_deref().map(hidden).as_deref() != Some(masked) {
                fault("phone", "phone-masked", masked);
            }
            known_phone
        }
        _ => optional(row, "phone", known_phone),
    };
    match (kind, officer) {
        (Some(account_type), Some(is_info_officer)) if faults.is_empty() => Ok(UserFacts {
            login_name: login,
            real_name: name,
            staff_no,
            unit: unit.map(str::to_owned),
            account_type,
            is_info_officer,
            joined_on,
            valid_until,
            phone,
            email,
        }),
        _ => Err(faults),
    }
}

fn optional(row: &Row, key: &str, known: Option<String>) -> Option<String> {
    match row.get(key) {
        None => known,
        Some(text) => Some(text.to_owned()).filter(|text| !text.is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::valid_login;

    #[test]
    fn a_login_is_short_lower_case_and_plain() {
        for good in ["lihua", "li.hua-2", "00", "a1"] {
            assert!(valid_login(good), "{good}");
        }
        for bad in ["", "a", "LiHua", "李华", "li hua", "-li", &"x".repeat(33)] {
            assert!(!valid_login(bad), "{bad}");
        }
    }
}
