//! Roles (角色): what one person may hold together, and who may give and approve.

/// A role as far as separation is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleFacts {
    pub code: String,
    /// `none`, or one of the three administrators (三员): `system`, `security`, `audit`.
    pub admin_kind: String,
    pub privileged: bool,
}

impl RoleFacts {
    /// Whether a grant needs a second person's approval (GB/T 22239 8.1.7.3).
    pub fn needs_approval(&self) -> bool {
        self.privileged || self.admin_kind != "none"
    }
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

fn rule_between(one: &RoleFacts, other: &RoleFacts, exclusions: &[(String, String)], level: u8) -> Option<ClashRule> {
    let kinds = [one.admin_kind.as_str(), other.admin_kind.as_str()];
    if kinds.contains(&"audit") && (kinds.contains(&"system") || kinds.contains(&"security")) {
        return Some(ClashRule::Administrators);
    }
    let pair = |a: &str, b: &str| (a == one.code && b == other.code) || (a == other.code && b == one.code);
    if exclusions.iter().any(|(a, b)| pair(a, b)) {
        return Some(ClashRule::Excluded);
    }
    let full_time = level >= 3 && kinds.contains(&"security") && one.needs_approval() && other.needs_approval();
    full_time.then_some(ClashRule::FullTime)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(code: &str, kind: &str) -> RoleFacts {
        RoleFacts { code: code.into(), admin_kind: kind.into(), privileged: kind != "none" }
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
    fn an_exclusion_holds_in_either_order() {
        let excluded = [("pay".to_owned(), "book".to_owned())];
        for held in [[role("pay", "none"), role("book", "none")], [role("book", "none"), role("pay", "none")]] {
            assert_eq!(clashes(&held, &excluded, 2)[0].rule, ClashRule::Excluded);
        }
    }
}
