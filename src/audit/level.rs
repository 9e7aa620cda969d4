//! What weighs less at level 2 of the protection scheme (等级保护, GB/T 22239-2019) than at level 3. A rule that binds
//! already at level 1, as that on leavers, weighs the same at every level.

use super::rules::{Rule, Severity};

/// Rule, its severity at level 2, and the clause that level 3 adds.
const AT_LEVEL_2: [(&str, Severity); 3] = [
    // 8.1.4.1 d: two factors, one of them by cryptography. Level 2 has no such clause.
    ("ACC-015", Severity::Low),
    // 8.1.7.2 b: a full-time security administrator (不可兼任). Level 2 has no such clause.
    ("ROL-003", Severity::Low),
    // 8.1.4.9 b: off-site in real time; level 2 is content with batches.
    ("BAK-003", Severity::Medium),
];

/// The rules as they weigh at a level, 2 or 3.
pub fn at_level(mut rules: Vec<Rule>, level: u8) -> Vec<Rule> {
    if level == 2 {
        for rule in &mut rules {
            if let Some((_, severity)) = AT_LEVEL_2.iter().find(|(id, _)| *id == rule.id) {
                rule.severity = *severity;
            }
        }
    }
    rules
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::built_in;

    #[test]
    fn level_two_only_ever_weighs_less_and_names_rules_there_are() {
        let (three, two) = (built_in().unwrap(), at_level(built_in().unwrap(), 2));
        for (three, two) in three.iter().zip(&two) {
            assert!(two.severity <= three.severity, "{}", three.id);
        }
        for (id, _) in AT_LEVEL_2 {
            assert!(three.iter().any(|rule| rule.id == id), "{id}");
        }
    }
}
