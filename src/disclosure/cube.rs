//! Counts by fact, unit, month and class: what forms of statistics are filled from, and what a frozen month holds.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::figure::Amount;

/// The first and the last day of a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub from: Date,
    pub to: Date,
}

impl Window {
    fn holds(self, from: Date, to: Date) -> bool {
        self.from <= from && to <= self.to
    }
}

/// A figure noted by hand for some stretch of time.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Noted {
    form: String,
    row: String,
    unit: i64,
    window: Window,
    value: Amount,
}

/// Everything counted, and everything noted by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cube {
    /// Per fact and unit: first day of the month, class, count.
    counts: HashMap<String, HashMap<i64, BTreeMap<(Date, String), Amount>>>,
    noted: Vec<Noted>,
}

impl Cube {
    /// Adds a count of a day.
    pub fn add(&mut self, fact: &str, unit: i64, day: Date, class: &str, n: Amount) {
        // Once per row of a grouped query: what is there already is not built again.
        if !self.counts.contains_key(fact) {
            self.counts.insert(fact.to_owned(), HashMap::new());
        }
        let Some(units) = self.counts.get_mut(fact) else { return };
        let cell = units.entry(unit).or_default().entry((day.first_of_month(), class.to_owned())).or_default();
        *cell = *cell + n;
    }

    /// Adds a figure noted for a unit and a stretch of time.
    pub fn note(&mut self, form: &str, row: &str, unit: i64, window: Window, value: Amount) {
        self.noted.push(Noted { form: form.to_owned(), row: row.to_owned(), unit, window, value });
    }

    /// Whether a figure was noted for this unit and just this time.
    pub fn is_noted(&self, form: &str, row: &str, unit: i64, window: Window) -> bool {
        self.noted.iter().any(|noted| noted.form == form && noted.row == row && noted.unit == unit && noted.window == window)
    }

    /// How many of a fact, of a class (empty for all; `3.3` for what begins with it), in a stretch of time, of some units.
    pub fn count(&self, fact: &str, class: &str, window: Window, units: &[i64]) -> Amount {
        let Some(by_unit) = self.counts.get(fact) else { return Amount::default() };
        let fits = |found: &str| class.is_empty() || found == class || found.strip_prefix(class).is_some_and(|rest| rest.starts_with('.'));
        units
            .iter()
            .filter_map(|unit| by_unit.get(unit))
            .flat_map(|cells| cells.range((window.from, String::new())..).take_while(|((month, _), _)| *month <= window.to))
            .filter(|((_, found), _)| fits(found))
            .fold(Amount::default(), |sum, (_, n)| sum + *n)
    }

    /// The figure noted for a row: the sum over units, and over the time unless the newest is wanted. What a unit noted
    /// for the quarter stands for the quarter, whatever it noted for its months.
    pub fn noted(&self, form: &str, row: &str, window: Window, units: &[i64], latest: bool) -> Option<Amount> {
        let mut found: Vec<&Noted> = self
            .noted
            .iter()
            .filter(|noted| {
                noted.form == form && noted.row == row && window.holds(noted.window.from, noted.window.to) && units.contains(&noted.unit)
            })
            .collect();
        let spans: Vec<(i64, Window)> = found.iter().map(|noted| (noted.unit, noted.window)).collect();
        let within = |inner: Window, outer: Window| outer != inner && outer.holds(inner.from, inner.to);
        found.retain(|noted| !spans.iter().any(|(unit, outer)| *unit == noted.unit && within(noted.window, *outer)));
        if latest {
            let newest: HashMap<i64, Date> = found.iter().fold(HashMap::new(), |mut newest, noted| {
                let day = newest.entry(noted.unit).or_insert(noted.window.to);
                *day = noted.window.to.max(*day);
                newest
            });
            found.retain(|noted| newest.get(&noted.unit) == Some(&noted.window.to));
        }
        found.iter().map(|noted| noted.value).reduce(|sum, n| sum + n)
    }

    /// The units that have anything counted or noted.
    pub fn units(&self) -> std::collections::BTreeSet<i64> {
        let counted =
            self.counts.values().flat_map(|units| units.iter().filter(|(_, cells)| cells.values().any(|n| *n != Amount::default())));
        counted.map(|(unit, _)| *unit).chain(self.noted.iter().map(|noted| noted.unit)).collect()
    }

    /// One month as json: facts by unit and class, and what was noted for it. What was noted for a longer time that ends
    /// with the month, such as its quarter, is sealed with it, and says its first day.
    pub fn sealed(&self, month: Window) -> Value {
        let mut facts = Map::new();
        let counts: BTreeMap<_, _> = self.counts.iter().collect();
        for (fact, units) in counts {
            let units: BTreeMap<_, _> = units.iter().collect();
            let mut by_unit = Map::new();
            for (unit, cells) in units {
                let classes: Map<String, Value> = cells.iter().map(|((_, class), n)| (class.clone(), json!(n.to_string()))).collect();
                by_unit.insert(unit.to_string(), classes.into());
            }
            facts.insert(fact.clone(), by_unit.into());
        }
        let entry = |noted: &Noted| {
            let mut entry = vec![json!(noted.form), json!(noted.row), json!(noted.unit), json!(noted.value.to_string())];
            if noted.window != month {
                entry.extend([json!(noted.window.from.to_string()), json!(noted.window.to.to_string())]);
            }
            Value::from(entry)
        };
        let mut noted: Vec<Value> = self.noted.iter().map(entry).collect();
        noted.sort_by_key(Value::to_string);
        json!({ "facts": facts, "noted": noted })
    }

    /// Adds a month that was sealed; false when it is none.
    pub fn unseal(&mut self, month: Window, sealed: &Value) -> bool {
        let Some(facts) = sealed.get("facts").and_then(Value::as_object) else { return false };
        for (fact, units) in facts {
            for (unit, classes) in units.as_object().into_iter().flatten() {
                for (class, n) in classes.as_object().into_iter().flatten() {
                    let (Ok(unit), Some(n)) = (unit.parse(), n.as_str().and_then(Amount::read)) else { return false };
                    self.add(fact, unit, month.from, class, n);
                }
            }
        }
        for noted in sealed.get("noted").and_then(Value::as_array).into_iter().flatten() {
            let (Some(form), Some(row), Some(unit), Some(value)) =
                (noted[0].as_str(), noted[1].as_str(), noted[2].as_i64(), noted[3].as_str().and_then(Amount::read))
            else {
                return false;
            };
            let window = match (noted[4].as_str(), noted[5].as_str()) {
                (None, None) => month,
                (from, to) => {
                    let day = |text: Option<&str>| text.and_then(|text| text.parse().ok());
                    let (Some(from), Some(to)) = (day(from), day(to)) else { return false };
                    Window { from, to }
                }
            };
            self.note(form, row, unit, window, value);
        }
        true
    }

    /// Every count and note of a month as fact (or form and row), unit, class and number, in order.
    pub fn flat(&self, month: Window) -> BTreeMap<(String, i64, String), Amount> {
        let counted = self.counts.iter().flat_map(|(fact, units)| {
            units.iter().flat_map(move |(unit, cells)| cells.iter().map(move |((_, class), n)| ((fact.clone(), *unit, class.clone()), *n)))
        });
        let row = |noted: &Noted| {
            let span = Some(noted.window).filter(|window| *window != month);
            noted.row.clone() + &span.map_or_else(String::new, |span| format!(" {}..{}", span.from, span.to))
        };
        let noted = self.noted.iter().map(|noted| ((noted.form.clone(), noted.unit, row(noted)), noted.value));
        counted.chain(noted).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const OCTOBER: Window = Window { from: date(2026, 10, 1), to: date(2026, 10, 31) };

    #[test]
    fn a_sealed_month_gives_back_what_it_held() {
        let mut cube = Cube::default();
        cube.add("items.made", 7, date(2026, 10, 3), "active", Amount::whole(2));
        cube.add("items.made", 7, date(2026, 10, 9), "active", Amount::whole(1));
        cube.add("disputes.decided", 1, date(2026, 10, 9), "review.upheld", Amount::whole(1));
        cube.note("own", "05", 7, OCTOBER, Amount::read("35.65").unwrap());
        cube.note("own", "05", 7, Window { from: date(2026, 5, 1), to: OCTOBER.to }, Amount::whole(40));
        let mut read = Cube::default();
        assert!(read.unseal(OCTOBER, &cube.sealed(OCTOBER)));
        assert_eq!(read, cube);
        assert_eq!(read.count("items.made", "", OCTOBER, &[7]), Amount::whole(3));
        assert_eq!(read.count("disputes.decided", "review", OCTOBER, &[1, 7]), Amount::whole(1));
        assert_eq!(read.count("disputes.decided", "rev", OCTOBER, &[1]), Amount::default());
        assert!(!read.unseal(OCTOBER, &json!({"facts": {"items.made": {"7": {"active": 3}}}})), "counts are texts");
    }

    #[test]
    fn the_newest_note_of_each_unit_stands_for_a_stock() {
        let mut cube = Cube::default();
        let september = Window { from: date(2026, 9, 1), to: date(2026, 9, 30) };
        cube.note("own", "58", 1, september, Amount::whole(4));
        cube.note("own", "58", 1, OCTOBER, Amount::whole(5));
        cube.note("own", "58", 2, september, Amount::whole(2));
        let autumn = Window { from: september.from, to: OCTOBER.to };
        assert_eq!(cube.noted("own", "58", autumn, &[1, 2], true), Some(Amount::whole(7)));
        assert_eq!(cube.noted("own", "58", autumn, &[1, 2], false), Some(Amount::whole(11)));
        assert_eq!(cube.noted("own", "58", OCTOBER, &[2], true), None, "September is not in October");
    }
}
