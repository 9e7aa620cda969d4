//! The few faults that can be mended without a decision: what is expired is taken back, a number that follows from another
//! is set. Everything else is a person's.

use std::collections::{HashMap, HashSet};

/// The rules whose findings can be mended so.
pub const FIXABLE: [&str; 4] = ["ROL-006", "ROL-007", "ACC-011", "UNI-005"];

/// What is to be done about the levels of units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    /// Code, level and right level of every unit that has a wrong one; those above before those below them.
    pub set: Vec<(String, i64, i64)>,
    /// Units whose right level nobody can tell here.
    pub unmendable: HashMap<String, Unmendable>,
}

/// Why a level cannot be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unmendable {
    /// It follows from the level of this unit, which is waived.
    Below(String),
    /// The units above it stand in a circle, or one of them is missing.
    NoTop,
}

/// The right levels, counted from the top. The units of `waived` stay as they are, and so does what stands below them.
pub fn levels(units: &[(String, Option<String>, i64)], waived: &HashSet<String>) -> Levels {
    let known: HashMap<&str, (Option<&str>, i64)> =
        units.iter().map(|(code, parent, level)| (code.as_str(), (parent.as_deref(), *level))).collect();
    // The level at the top is a fact, not a consequence.
    let right = |code: &str| -> Result<(usize, i64), Unmendable> {
        let (mut steps, mut at) = (0, code);
        loop {
            if waived.contains(at) {
                return Err(Unmendable::Below(at.to_owned()));
            }
            let (parent, level) = *known.get(at).ok_or(Unmendable::NoTop)?;
            match parent {
                None => return Ok((steps, level + steps as i64)),
                Some(_) if steps > units.len() => return Err(Unmendable::NoTop),
                Some(parent) => at = parent,
            }
            steps += 1;
        }
    };
    let (mut wrong, mut unmendable) = (Vec::new(), HashMap::new());
    for (code, _, level) in units {
        match right(code) {
            Ok((_, right)) if right == *level => {}
            Ok((steps, right)) => wrong.push((steps, code.clone(), *level, right)),
            Err(why) => {
                unmendable.insert(code.clone(), why);
            }
        }
    }
    wrong.sort();
    Levels { set: wrong.into_iter().map(|(_, code, level, right)| (code, level, right)).collect(), unmendable }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let all = levels(&units, &HashSet::new());
        assert_eq!(all.set, [("01".into(), 3, 1), ("02".into(), 4, 2)]);
        assert_eq!(all.unmendable["X"], Unmendable::NoTop);
        let waived = levels(&units, &HashSet::from(["01".to_owned()]));
        assert_eq!((waived.set, &waived.unmendable["02"]), (vec![], &Unmendable::Below("01".into())));
    }
}
