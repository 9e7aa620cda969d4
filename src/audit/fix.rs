//! The few faults that can be mended without a decision: what is expired is taken back, a number that follows from another
//! is set. Everything else is a person's.

use std::collections::HashMap;

/// The rules whose findings can be mended so.
pub const FIXABLE: [&str; 4] = ["ROL-006", "ROL-007", "ACC-011", "UNI-005"];

/// The right level of every unit that has a wrong one: code, level, right level; those above before those below them.
/// A unit in a circle has no right level, and what stands below it neither.
pub fn levels(units: &[(String, Option<String>, i64)]) -> Vec<(String, i64, i64)> {
    let known: HashMap<&str, (Option<&str>, i64)> =
        units.iter().map(|(code, parent, level)| (code.as_str(), (parent.as_deref(), *level))).collect();
    // The level at the top is a fact, not a consequence.
    let right = |code: &str| -> Option<(usize, i64)> {
        let (mut steps, mut at) = (0, code);
        loop {
            let (parent, level) = *known.get(at)?;
            match parent {
                None => return Some((steps, level + steps as i64)),
                Some(_) if steps > units.len() => return None,
                Some(parent) => at = parent,
            }
            steps += 1;
        }
    };
    let mut wrong: Vec<(usize, String, i64, i64)> = units
        .iter()
        .filter_map(|(code, _, level)| {
            right(code).filter(|(_, right)| right != level).map(|(steps, right)| (steps, code.clone(), *level, right))
        })
        .collect();
    wrong.sort();
    wrong.into_iter().map(|(_, code, level, right)| (code, level, right)).collect()
}

#[cfg(test)]
mod tests {
    use super::levels;

    fn unit(code: &str, parent: Option<&str>, level: i64) -> (String, Option<String>, i64) {
        (code.into(), parent.map(str::to_owned), level)
    }

    #[test]
    fn levels_follow_from_the_top_and_circles_are_left_alone() {
        let units = [
            unit("00", None, 0),
            unit("01", Some("00"), 3),
            unit("02", Some("01"), 4),
            unit("03", Some("00"), 1),
            unit("X", Some("Y"), 1),
            unit("Y", Some("X"), 5),
        ];
        assert_eq!(levels(&units), [("01".into(), 3, 1), ("02".into(), 4, 2)]);
    }
}
