//! How the units stood on a past day: what the rows say today, with the changes since taken back.

use std::collections::HashMap;

use jiff::civil::Date;
use serde_json::{Value, json};

/// What of a unit changes with time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub id: i64,
    pub code: String,
    pub name: String,
    pub short_name: String,
    pub parent: Option<i64>,
    pub opened_on: Date,
    pub closed_on: Option<Date>,
}

/// A change of one unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    pub unit: i64,
    pub on: Date,
    pub change: Change,
}

/// What changed, as it was before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// 更名.
    Name { name: String, short_name: String },
    /// 划转: code of the unit it belonged to.
    Parent(Option<String>),
    /// Something that does not change how the tree is drawn.
    Other,
}

impl Past {
    /// Reads a row of the history.
    pub fn read(unit: i64, kind: &str, on: Date, old: Option<&str>) -> Self {
        let change = match kind {
            "rename" => old.and_then(named).map_or(Change::Other, |(name, short_name)| Change::Name { name, short_name }),
            "move" => Change::Parent(old.map(str::to_owned)),
            _ => Change::Other,
        };
        Self { unit, on, change }
    }
}

/// Both names as the history keeps them.
pub fn names_noted(name: &str, short_name: &str) -> String {
    json!({ "name": name, "short_name": short_name }).to_string()
}

/// Reads both names back.
pub fn named(noted: &str) -> Option<(String, String)> {
    let value: Value = serde_json::from_str(noted).ok()?;
    let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    Some((text("name")?, text("short_name")?))
}

/// The units that existed on `day`, as they were named and hung then; `past` is in the order of effect.
///
/// A unit belongs to the tree from its first day to the day before it was closed.
pub fn stood_on(units: &[Standing], past: &[Past], day: Date) -> Vec<Standing> {
    let mut then = units.to_vec();
    let places: HashMap<i64, usize> = units.iter().enumerate().map(|(at, unit)| (unit.id, at)).collect();
    let ids: HashMap<&str, i64> = units.iter().map(|unit| (unit.code.as_str(), unit.id)).collect();
    for change in past.iter().rev().filter(|change| change.on > day) {
        let Some(unit) = places.get(&change.unit).map(|at| &mut then[*at]) else { continue };
        match &change.change {
            Change::Name { name, short_name } => {
                unit.name.clone_from(name);
                unit.short_name.clone_from(short_name);
            }
            Change::Parent(code) => unit.parent = code.as_deref().and_then(|code| ids.get(code).copied()),
            Change::Other => {}
        }
    }
    then.retain(|unit| unit.opened_on <= day && unit.closed_on.is_none_or(|closed| day < closed));
    then
}

/// The latest time from `from` on that another unit hung under `parent`: since when, and its code; `but` are left out.
pub fn last_below(units: &[Standing], past: &[Past], parent: &Standing, from: Date, but: &[i64]) -> Option<(Date, String)> {
    let mut moves: HashMap<i64, Vec<(Date, Option<&str>)>> = HashMap::new();
    for change in past {
        if let Change::Parent(old) = &change.change {
            moves.entry(change.unit).or_default().push((change.on, old.as_deref()));
        }
    }
    let codes: HashMap<i64, &str> = units.iter().map(|unit| (unit.id, unit.code.as_str())).collect();
    let times = |unit: &Standing| {
        // Each move ends the time under what the unit hung under before; the row says where it hangs since the last.
        let mut since = unit.opened_on;
        let last = (unit.closed_on.unwrap_or(Date::MAX), unit.parent.and_then(|id| codes.get(&id).copied()));
        let ends: Vec<_> = moves.get(&unit.id).into_iter().flatten().copied().chain([last]).collect();
        let under = ends.into_iter().filter_map(move |(end, under)| {
            let begun = std::mem::replace(&mut since, end);
            (under == Some(parent.code.as_str()) && begun < end && end > from).then_some(begun.max(from))
        });
        under.max()
    };
    let others = units.iter().filter(|unit| !but.contains(&unit.id));
    others.filter_map(|unit| times(unit).map(|since| (since, unit.code.clone()))).max()
}

/// The first day on which `unit` would hang on itself if it had hung under `parent` from `on` on.
pub fn circle_if_moved(units: &[Standing], past: &[Past], unit: i64, parent: i64, on: Date) -> Option<Date> {
    let mut days: Vec<Date> = past.iter().map(|change| change.on).filter(|day| *day > on).collect();
    days.push(on);
    days.sort_unstable();
    days.into_iter().find(|day| {
        let parents: HashMap<i64, Option<i64>> = stood_on(units, past, *day).into_iter().map(|unit| (unit.id, unit.parent)).collect();
        let above = |id: &i64| if *id == unit { None } else { parents.get(id).copied().flatten() };
        std::iter::successors(Some(parent), above).take(units.len() + 1).any(|id| id == unit)
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn unit(id: i64, parent: Option<i64>) -> Standing {
        Standing {
            id,
            code: id.to_string(),
            name: format!("新{id}"),
            short_name: format!("新{id}"),
            parent,
            opened_on: date(2020, 1, 1),
            closed_on: None,
        }
    }

    #[test]
    fn a_past_day_shows_the_names_parents_and_units_of_that_day() {
        let mut closed = unit(3, Some(1));
        closed.closed_on = Some(date(2024, 1, 1));
        let units = [unit(1, None), unit(2, Some(1)), closed];
        let past = [
            Past::read(2, "move", date(2022, 1, 1), Some("3")),
            Past::read(2, "rename", date(2023, 1, 1), Some(&names_noted("旧", "旧简"))),
        ];
        let on = |day| stood_on(&units, &past, day);
        assert_eq!(on(date(2021, 5, 1))[1].parent, Some(3));
        assert_eq!(on(date(2022, 1, 1))[1].parent, Some(1));
        assert_eq!((on(date(2022, 12, 31))[1].short_name.as_str(), on(date(2023, 1, 1))[1].name.as_str()), ("旧简", "新2"));
        assert_eq!((on(date(2023, 12, 31)).len(), on(date(2024, 1, 1)).len(), on(date(2019, 12, 31)).len()), (3, 2, 0));
    }

    #[test]
    fn a_unit_that_hung_under_another_after_a_day_is_found() {
        let units = [unit(1, None), unit(2, Some(1)), unit(3, Some(1))];
        let past = [Past::read(2, "move", date(2024, 1, 1), Some("1")), Past::read(2, "move", date(2025, 1, 1), Some("3"))];
        let after = |day| last_below(&units, &past, &units[2], day, &[]);
        assert_eq!(after(date(2023, 1, 1)), Some((date(2024, 1, 1), "2".to_owned())));
        assert_eq!(after(date(2024, 6, 1)), Some((date(2024, 6, 1), "2".to_owned())));
        assert_eq!(after(date(2025, 1, 1)), None);
        assert_eq!(last_below(&units, &past, &units[2], date(2023, 1, 1), &[2]), None);
    }

    #[test]
    fn a_circle_of_an_earlier_time_is_seen() {
        // 2 hung under 3 until 2024; 3 cannot have hung under 2 from 2023 on.
        let units = [unit(1, None), unit(2, Some(1)), unit(3, Some(1))];
        let past = [Past::read(2, "move", date(2024, 1, 1), Some("3"))];
        assert_eq!(circle_if_moved(&units, &past, 3, 2, date(2023, 1, 1)), Some(date(2023, 1, 1)));
        assert_eq!(circle_if_moved(&units, &past, 3, 2, date(2024, 1, 1)), None);
        assert_eq!(circle_if_moved(&units, &past, 3, 3, date(2024, 1, 1)), Some(date(2024, 1, 1)));
    }
}
