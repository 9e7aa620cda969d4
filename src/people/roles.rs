//! Roles (角色): what one person may hold together, and who may give and approve.

use jiff::civil::Date;

/// A role as far as separation is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleFacts {
    pub code: String,
    /// `none`, or one of the three administrators (三员): `system`, `security`, `audit`.
    pub admin_kind: String,
    pub privileged: bool,
    /// The administrators whose own powers its permissions carry: what a plain role can do counts, not what it is called.
    pub carries: Vec<&'static str>,
}

impl RoleFacts {
    /// Whether a grant needs a second person's approval (GB/T 22239 8.1.7.3).
    pub fn needs_approval(&self) -> bool {
        self.privileged || self.admin_kind != "none" || !self.carries.is_empty()
    }

    /// Whether its holder has the powers of this administrator.
    fn is_of(&self, kind: &str) -> bool {
        self.admin_kind == kind || self.carries.contains(&kind)
    }
}

/// The administrators to whom alone some of these permissions belong.
pub fn carried<P: AsRef<str>>(permissions: &[P]) -> Vec<&'static str> {
    let owner = |perm: &P| match RESERVED.iter().find(|(reserved, _)| *reserved == perm.as_ref()) {
        Some((_, [owner])) => Some(*owner),
        _ => None,
    };
    let mut owners: Vec<&str> = permissions.iter().filter_map(owner).collect();
    owners.sort_unstable();
    owners.dedup();
    owners
}

/// The permissions that belong to one administrator alone, as ` permission=administrator ` with blanks around each.
pub fn powers() -> String {
    RESERVED.iter().fold(" ".to_owned(), |text, (perm, owners)| match owners {
        [owner] => format!("{text}{perm}={owner} "),
        _ => text,
    })
}

/// Two roles that may not meet in one person, and the rule that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clash {
    pub one: String,
    pub other: String,
    pub rule: ClashRule,
}

/// Why two roles clash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClashRule {
    /// Declared mutually exclusive (互斥角色).
    Excluded,
    /// 系统 with 审计, or 安全 with 审计: never one person (GB/T 22239 8.1.4.2 d).
    Administrators,
    /// At level 3 the security administrator is full-time, 不可兼任 (GB/T 22239 8.1.7.2 b).
    FullTime,
}

/// The clashes among the roles of one person: of all his accounts together, for the rule is about people.
///
/// `exclusions` are pairs of role codes; `level` is that of the classified protection (等级保护), 2 or 3.
pub fn clashes(roles: &[RoleFacts], exclusions: &[(String, String)], level: u8) -> Vec<Clash> {
    let mut found = Vec::new();
    for (at, one) in roles.iter().enumerate() {
        for other in roles[at + 1..].iter().filter(|other| other.code != one.code) {
            if let Some(rule) = rule_between(one, other, exclusions, level) {
                found.push(Clash { one: one.code.clone(), other: other.code.clone(), rule });
            }
        }
    }
    found
}

/// The first clash between the roles of one person and those of another who is to act for him.
pub fn clash_between(one: &[RoleFacts], other: &[RoleFacts], exclusions: &[(String, String)], level: u8) -> Option<Clash> {
    let mut pairs = one.iter().flat_map(|one| other.iter().map(move |other| (one, other))).filter(|(one, other)| one.code != other.code);
    pairs.find_map(|(one, other)| {
        let rule = rule_between(one, other, exclusions, level)?;
        Some(Clash { one: one.code.clone(), other: other.code.clone(), rule })
    })
}

fn rule_between(one: &RoleFacts, other: &RoleFacts, exclusions: &[(String, String)], level: u8) -> Option<ClashRule> {
    let watches = |one: &RoleFacts, other: &RoleFacts| one.is_of("audit") && (other.is_of("system") || other.is_of("security"));
    if watches(one, other) || watches(other, one) {
        return Some(ClashRule::Administrators);
    }
    let pair = |a: &str, b: &str| (a == one.code && b == other.code) || (a == other.code && b == one.code);
    if exclusions.iter().any(|(a, b)| pair(a, b)) {
        return Some(ClashRule::Excluded);
    }
    let security = one.is_of("security") || other.is_of("security");
    let full_time = level >= 3 && security && one.needs_approval() && other.needs_approval();
    full_time.then_some(ClashRule::FullTime)
}

/// One of the people a grant concerns. The roles are those of all his accounts together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Party {
    pub login: String,
    pub staff_no: Option<String>,
    /// The account that is to have the role is in use.
    pub active: bool,
    /// It has a second factor (双因素) besides its password.
    pub second_factor: bool,
    pub roles: Vec<RoleFacts>,
}

impl Party {
    /// Whether two accounts are one person's: the rules are about people.
    pub fn is(&self, other: &Self) -> bool {
        self.login == other.login || (self.staff_no.is_some() && self.staff_no == other.staff_no)
    }
}

/// A role about to be given.
#[derive(Clone, Copy, Debug)]
pub struct Giving<'a> {
    pub role: &'a RoleFacts,
    pub to: &'a Party,
    pub by: &'a Party,
    /// Last day of the grant.
    pub until: Option<Date>,
    pub today: Date,
    /// Pairs of role codes.
    pub exclusions: &'a [(String, String)],
    /// How many others hold the role now, and how many system administrators there may be.
    pub holders: i64,
    pub system_administrators_max: i64,
}

/// How far a grant has come.
#[derive(Clone, Copy, Debug)]
pub enum Stage<'a> {
    /// Somebody asks for it; it takes no effect yet.
    Asked,
    /// It takes effect, with the approval of this person or without one.
    Given(Option<&'a Party>),
    /// The first three, when the database is made: they have no keys yet, and approve one another.
    Founding(&'a Party),
}

/// Why a role is not given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Objection {
    /// Nobody gives a role to himself (GB/T 22239 8.1.7.3).
    ToHimself,
    /// Nobody approves what he receives.
    ApprovesHimself,
    /// Nobody approves what he asked for.
    ApprovesHisRequest,
    NotActive,
    /// The term is over before it begins.
    Over,
    Clash(Clash),
    /// More system administrators than the limit (GB/T 22239 8.1.4.2 d).
    TooMany,
    NoApproval,
    /// Level 3 asks two factors of whoever holds a privilege (GB/T 22239 8.1.4.1 d).
    NoSecondFactor,
}

/// The level of classified protection (等级保护) roles are judged by: what holds at level 3 holds at level 2.
pub const LEVEL: u8 = 3;

/// What speaks against a grant: the one place every path that gives a role goes through.
pub fn objection(giving: &Giving<'_>, stage: Stage<'_>) -> Option<Objection> {
    let approver = match stage {
        Stage::Asked => None,
        Stage::Given(approver) => approver,
        Stage::Founding(approver) => Some(approver),
    };
    if giving.by.is(giving.to) {
        return Some(Objection::ToHimself);
    }
    if approver.is_some_and(|approver| approver.is(giving.to)) {
        return Some(Objection::ApprovesHimself);
    }
    if approver.is_some_and(|approver| approver.is(giving.by)) {
        return Some(Objection::ApprovesHisRequest);
    }
    if !giving.to.active {
        return Some(Objection::NotActive);
    }
    if giving.until.is_some_and(|until| until < giving.today) {
        return Some(Objection::Over);
    }
    let together: Vec<RoleFacts> = std::iter::once(giving.role.clone()).chain(giving.to.roles.iter().cloned()).collect();
    let with_it = clashes(&together, giving.exclusions, LEVEL).into_iter().find(|clash| clash.one == giving.role.code);
    if let Some(clash) = with_it {
        return Some(Objection::Clash(clash));
    }
    if giving.role.admin_kind == "system" && giving.holders >= giving.system_administrators_max {
        return Some(Objection::TooMany);
    }
    match stage {
        Stage::Given(None) if giving.role.needs_approval() => Some(Objection::NoApproval),
        Stage::Given(_) if giving.role.needs_approval() && !giving.to.second_factor => Some(Objection::NoSecondFactor),
        _ => None,
    }
}

/// Why a role does not get a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PermissionFault {
    /// Not of the form `noun:verb`.
    Form,
    /// For everything at once: permissions are listed one by one (GB/T 22239 8.1.4.2 d).
    Wildcard,
    /// Nobody changes or deletes the audit log (GB/T 22239 8.1.4.3 c).
    Log,
    /// It belongs to one of the three administrators and to nobody else.
    Reserved(&'static str),
}

/// What belongs to one of the three administrators, or to two of them: whoever had the powers of two could act and hide it.
const RESERVED: &[(&str, &[&str])] = &[
    ("role:grant", &["security"]),
    ("role:approve", &["security"]),
    ("role:define", &["security"]),
    ("log:read", &["audit"]),
    ("log:checkpoint", &["audit"]),
    ("audit:waive", &["audit"]),
    // The security administrator watches events too; who mends what is found does not judge it.
    ("audit:run", &["audit", "security"]),
    ("unit:write", &["system"]),
    ("user:write", &["system"]),
    ("db:migrate", &["system"]),
    ("db:copy", &["system"]),
    ("backup:restore", &["system"]),
];

/// Without these an administrator could not do what he is there for.
const NEEDED: &[(&str, &str)] = &[
    ("role:grant", "security"),
    ("role:approve", "security"),
    ("role:define", "security"),
    ("log:read", "audit"),
    ("log:verify", "audit"),
    ("log:checkpoint", "audit"),
    ("audit:run", "audit"),
    ("audit:waive", "audit"),
    ("user:write", "system"),
];

/// What speaks against a permission in a role of this kind. The system administrator's may also go to plain roles, which
/// then weigh as much as his: see [`RoleFacts::carries`].
pub fn permission_fault(perm: &str, admin_kind: &str) -> Option<PermissionFault> {
    if perm.contains('*') {
        return Some(PermissionFault::Wildcard);
    }
    if !valid_permission(perm) {
        return Some(PermissionFault::Form);
    }
    if ["audit", "log"].iter().any(|noun| ["update", "delete", "truncate", "purge"].iter().any(|verb| perm == format!("{noun}:{verb}"))) {
        return Some(PermissionFault::Log);
    }
    let (_, owners) = RESERVED.iter().find(|(reserved, _)| *reserved == perm)?;
    let free = owners.contains(&admin_kind) || (*owners == ["system"] && admin_kind == "none");
    (!free).then_some(PermissionFault::Reserved(owners[0]))
}

/// Whether an administrator of this kind must keep the permission.
pub fn is_needed(perm: &str, admin_kind: &str) -> bool {
    NEEDED.contains(&(perm, admin_kind))
}

/// A permission: lower-case words joined by colons, such as `unit:write`.
pub fn valid_permission(perm: &str) -> bool {
    let word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_lowercase())
            && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c))
    };
    perm.len() <= 64 && perm.contains(':') && perm.split(':').all(word)
}

/// A role code: 2 to 32 lower-case letters, digits, `_` or `-`, beginning with a letter.
pub fn valid_role_code(code: &str) -> bool {
    code.starts_with(|c: char| c.is_ascii_lowercase())
        && code.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c))
        && (2..=32).contains(&code.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(code: &str, kind: &str) -> RoleFacts {
        RoleFacts { code: code.into(), admin_kind: kind.into(), privileged: kind != "none", carries: Vec::new() }
    }

    #[test]
    fn the_auditor_is_neither_of_those_he_watches() {
        for kind in ["system", "security"] {
            for level in [2, 3] {
                let found = clashes(&[role("a", "audit"), role("b", kind)], &[], level);
                assert_eq!(found[0].rule, ClashRule::Administrators);
            }
        }
    }

    #[test]
    fn the_security_administrator_has_no_second_post_at_level_three() {
        let held = [role("s", "security"), RoleFacts { privileged: true, ..role("dba", "none") }];
        assert_eq!(clashes(&held, &[], 3)[0].rule, ClashRule::FullTime);
        assert!(clashes(&held, &[], 2).is_empty());
        assert!(clashes(&[role("s", "security"), role("clerk", "none")], &[], 3).is_empty());
    }

    #[test]
    fn a_plain_role_weighs_what_its_permissions_weigh() {
        let helper = RoleFacts { carries: carried(&["license:write", "user:write", "unit:write"]), ..role("helper", "none") };
        assert_eq!(helper.carries, ["system"]);
        assert!(helper.needs_approval() && !role("clerk", "none").needs_approval());
        for (kind, rule) in [("audit", Some(ClashRule::Administrators)), ("security", Some(ClashRule::FullTime)), ("system", None)] {
            for held in [[helper.clone(), role("office", kind)], [role("office", kind), helper.clone()]] {
                assert_eq!(clashes(&held, &[], 3).first().map(|clash| clash.rule), rule, "{kind}");
            }
            let between = clash_between(&[role("office", kind)], std::slice::from_ref(&helper), &[], 3);
            assert_eq!(between.map(|clash| clash.rule), rule, "{kind}");
        }
        assert_eq!(carried(&["audit:run", "doc:draft"]), [""; 0], "what two of them have is neither's alone");
    }

    #[test]
    fn the_server_has_the_same_list_of_what_is_whose() {
        let sql = include_str!("../../sql/roles/postgres.sql");
        for (perm, owners) in RESERVED.iter().filter(|(_, owners)| owners.len() == 1) {
            let line = format!("THEN '{}'", owners[0]);
            assert!(sql.lines().any(|sql| sql.ends_with(&line) && sql.contains(&format!("'{perm}'"))), "{perm} is the {owners:?}'s");
        }
        let listed: usize = sql.lines().filter(|line| line.contains("WHEN perm IN")).map(|line| line.matches(':').count()).sum();
        assert_eq!(listed, RESERVED.iter().filter(|(_, owners)| owners.len() == 1).count());
    }

    #[test]
    fn an_exclusion_holds_in_either_order() {
        let excluded = [("pay".to_owned(), "book".to_owned())];
        for held in [[role("pay", "none"), role("book", "none")], [role("book", "none"), role("pay", "none")]] {
            assert_eq!(clashes(&held, &excluded, 2)[0].rule, ClashRule::Excluded);
        }
    }

    fn party(login: &str, staff_no: &str, roles: &[RoleFacts]) -> Party {
        Party { login: login.into(), staff_no: Some(staff_no.into()), active: true, second_factor: true, roles: roles.to_vec() }
    }

    fn giving<'a>(role: &'a RoleFacts, to: &'a Party, by: &'a Party) -> Giving<'a> {
        let today = jiff::civil::date(2026, 11, 23);
        Giving { role, to, by, until: None, today, exclusions: &[], holders: 1, system_administrators_max: 3 }
    }

    #[test]
    fn nobody_gives_to_himself_or_approves_his_own_whatever_account_he_uses() {
        let (li, other_li) = (party("li", "1", &[]), party("li2", "1", &[]));
        let (wang, zhao) = (party("wang", "2", &[]), party("zhao", "3", &[]));
        let dba = RoleFacts { privileged: true, ..role("dba", "none") };
        let by_wang = giving(&dba, &li, &wang);
        assert_eq!(objection(&giving(&dba, &li, &other_li), Stage::Asked), Some(Objection::ToHimself));
        assert_eq!(objection(&by_wang, Stage::Given(Some(&other_li))), Some(Objection::ApprovesHimself));
        assert_eq!(objection(&by_wang, Stage::Given(Some(&wang))), Some(Objection::ApprovesHisRequest));
        assert_eq!(objection(&by_wang, Stage::Given(None)), Some(Objection::NoApproval));
        assert_eq!(objection(&by_wang, Stage::Given(Some(&zhao))), None);
    }

    #[test]
    fn a_privilege_waits_for_a_second_factor_and_a_plain_role_does_not() {
        let (li, wang, zhao) = (Party { second_factor: false, ..party("li", "1", &[]) }, party("wang", "2", &[]), party("zhao", "3", &[]));
        let (audit, clerk) = (role("a", "audit"), role("clerk", "none"));
        assert_eq!(objection(&giving(&audit, &li, &wang), Stage::Asked), None);
        assert_eq!(objection(&giving(&audit, &li, &wang), Stage::Given(Some(&zhao))), Some(Objection::NoSecondFactor));
        assert_eq!(objection(&giving(&audit, &li, &wang), Stage::Founding(&zhao)), None);
        assert_eq!(objection(&giving(&clerk, &li, &wang), Stage::Given(None)), None);
    }

    #[test]
    fn a_clash_is_found_before_anybody_is_asked_and_a_limit_too() {
        let (auditor, wang) = (party("li", "1", &[role("a", "audit")]), party("wang", "2", &[]));
        let system = role("s", "system");
        assert!(matches!(objection(&giving(&system, &auditor, &wang), Stage::Asked), Some(Objection::Clash(_))));
        let zhao = party("zhao", "3", &[]);
        let full = Giving { holders: 3, ..giving(&system, &zhao, &wang) };
        assert_eq!(objection(&full, Stage::Asked), Some(Objection::TooMany));
    }

    #[test]
    fn permissions_are_named_one_by_one_and_an_administrators_stay_his() {
        for (perm, kind, fault) in [
            ("unit:write", "none", None),
            ("doc:draft", "security", None),
            ("*", "none", Some(PermissionFault::Wildcard)),
            ("doc:*:*", "none", Some(PermissionFault::Wildcard)),
            ("Unit:write", "none", Some(PermissionFault::Form)),
            ("unit", "none", Some(PermissionFault::Form)),
            ("audit:purge", "audit", Some(PermissionFault::Log)),
            ("log:delete", "audit", Some(PermissionFault::Log)),
            ("role:grant", "system", Some(PermissionFault::Reserved("security"))),
            ("role:grant", "none", Some(PermissionFault::Reserved("security"))),
            ("log:read", "system", Some(PermissionFault::Reserved("audit"))),
            ("user:write", "security", Some(PermissionFault::Reserved("system"))),
            ("role:read", "system", None),
            ("audit:run", "system", Some(PermissionFault::Reserved("audit"))),
            ("audit:run", "security", None),
            ("audit:run", "none", Some(PermissionFault::Reserved("audit"))),
            ("audit:waive", "system", Some(PermissionFault::Reserved("audit"))),
            ("audit:waive", "security", Some(PermissionFault::Reserved("audit"))),
            ("log:checkpoint", "system", Some(PermissionFault::Reserved("audit"))),
        ] {
            assert_eq!(permission_fault(perm, kind), fault, "{perm} in a role of {kind}");
        }
    }
}
