//! Time limits of the law (期限), by name and by the day they are in force.

use std::sync::LazyLock;

use jiff::civil::Date;

const RULES: &str = include_str!("../../sql/data/time_limits.csv");

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// 工作日 (行政许可法 Art. 82).
    Working,
    /// 日 that binds the applicant, or that the act does not call working days.
    Natural,
    Year,
}

impl Unit {
    /// The stable word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Working => "working",
            Self::Natural => "natural",
            Self::Year => "year",
        }
    }
}

/// Which way a limit runs from its day 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runs {
    After,
    /// 届满…日前: back from the day a licence expires or a hearing is held.
    Before,
}

/// One version of a rule: a limit as an act sets it from one day to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub name: String,
    pub from: Date,
    /// Last day in force; none while it holds.
    pub to: Option<Date>,
    pub days: u32,
    pub unit: Unit,
    pub runs: Runs,
    pub zh: String,
    pub en: String,
    /// Act and article.
    pub source: String,
}

/// All rules with all their versions, oldest first under each name.
pub fn rules() -> &'static [Rule] {
    &ALL
}

/// Read once: a list of requests looks rules up by the ten thousand.
static ALL: LazyLock<Vec<Rule>> =
    LazyLock::new(|| csv::Reader::from_reader(RULES.as_bytes()).records().filter_map(Result::ok).filter_map(|row| rule(&row)).collect());

fn rule(row: &csv::StringRecord) -> Option<Rule> {
    Some(Rule {
        name: row.get(0)?.to_owned(),
        from: row.get(1)?.parse().ok()?,
        to: row.get(2)?.parse().ok(),
        days: row.get(3)?.parse().ok()?,
        unit: match row.get(4)? {
            "working" => Unit::Working,
            "natural" => Unit::Natural,
            "year" => Unit::Year,
            _ => return None,
        },
        runs: if row.get(5)? == "before" { Runs::Before } else { Runs::After },
        zh: row.get(6)?.to_owned(),
        en: row.get(7)?.to_owned(),
        source: row.get(8)?.to_owned(),
    })
}

/// Why there is no rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoRule {
    /// No rule of this name; the names there are.
    Unknown { known: Vec<String> },
    /// The rule was not in force on that day; when its first version began.
    NotYet { from: Date },
    /// The rule had ended by that day; its last day.
    Ended { to: Date },
}

/// The version of a rule in force on a day.
///
/// # Errors
/// [`NoRule`].
pub fn rule_on(name: &str, on: Date) -> Result<&'static Rule, NoRule> {
    let versions: Vec<&'static Rule> = rules().iter().filter(|rule| rule.name == name).collect();
    if let Some(rule) = versions.iter().find(|rule| rule.from <= on && rule.to.is_none_or(|to| on <= to)) {
        return Ok(rule);
    }
    match (versions.first(), versions.last()) {
        (Some(first), _) if on < first.from => Err(NoRule::NotYet { from: first.from }),
        (Some(_), Some(Rule { to: Some(to), .. })) => Err(NoRule::Ended { to: *to }),
        _ => {
            let mut known: Vec<String> = rules().iter().map(|rule| rule.name.clone()).collect();
            known.dedup();
            Err(NoRule::Unknown { known })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn every_line_is_a_rule_and_versions_do_not_overlap() {
        let all = rules();
        assert_eq!(all.len(), RULES.lines().count() - 1);
        for pair in all.windows(2).filter(|pair| pair[0].name == pair[1].name) {
            assert!(pair[0].to.is_some_and(|to| to < pair[1].from), "{}", pair[0].name);
        }
    }

    #[test]
    fn the_day_chooses_the_regime() {
        assert_eq!(rule_on("disclosure-answer", date(2019, 5, 14)).unwrap().days, 15);
        assert_eq!(rule_on("disclosure-answer", date(2019, 5, 15)).unwrap().days, 20);
        // T38: the Tianjin rule of 1998 holds by date.
        assert_eq!(rule_on("tianjin-water-renew", date(2010, 12, 31)).unwrap().days, 90);
        assert_eq!(rule_on("tianjin-water-renew", date(2020, 12, 31)).unwrap().days, 45);
    }

    #[test]
    fn a_day_without_the_rule_says_why() {
        assert_eq!(rule_on("disclosure-answer", date(2008, 4, 30)), Err(NoRule::NotYet { from: date(2008, 5, 1) }));
        assert_eq!(rule_on("tianjin-water-renew-decide", date(2020, 1, 1)), Err(NoRule::Ended { to: date(2019, 1, 31) }));
        assert!(matches!(rule_on("answer", date(2020, 1, 1)), Err(NoRule::Unknown { .. })));
    }
}
