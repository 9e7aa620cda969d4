//! The clocks of a case: intake, promise and law, with silence, pauses and one extension.

use jiff::civil::Date;

use super::state::State;
use crate::calendar::{Pause, Reckoning, Runs, Unit, Workdays};

/// What is known of a case that its clocks need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    pub state: State,
    pub received_on: Date,
    /// Day the last supplement was handed in; the intake period begins anew.
    pub supplemented_on: Option<Date>,
    pub accepted_on: Option<Date>,
    pub decided_on: Option<Date>,
    pub pauses: Vec<Pause>,
    /// Day an open special procedure began.
    pub paused_since: Option<Date>,
    /// Extra days of the one extension.
    pub extension: u32,
    /// Day the licence to be renewed expires, and the days before it an application is in time.
    pub renews: Option<(Date, u32)>,
}

/// The limits that hold for a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// To say what is missing, else the case is accepted (行政许可法 Art. 32(4)).
    pub intake: u32,
    /// 法定办结时限.
    pub legal: (u32, Unit),
    /// 承诺办结时限; zero days for 即办.
    pub promise: Option<(u32, Unit)>,
}

/// A light of the supervision (电子监察).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Light {
    Green,
    Yellow,
    /// Past the promise.
    Red,
    /// Past the law.
    DoubleRed,
}

impl Light {
    /// The stable word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Yellow => "yellow",
            Self::Red => "red",
            Self::DoubleRed => "double-red",
        }
    }
}

/// How a decision kept its promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timing {
    /// 提前: before the promised day.
    Early,
    /// 按时: on the promised day.
    OnTime,
    /// 超时: after the promised day, still within the law.
    Late,
    /// After the day of the law.
    Unlawful,
}

impl Timing {
    /// The stable word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Early => "early",
            Self::OnTime => "on-time",
            Self::Late => "late",
            Self::Unlawful => "late-by-law",
        }
    }
}

/// How a case stands on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Day the clock began: of acceptance, or of receipt where silence accepted it.
    pub accepted_on: Option<Date>,
    /// Nobody answered within the intake period: accepted by law.
    pub deemed_accepted: bool,
    /// The licence expired before a decision: renewed by law (Art. 50(2)).
    pub deemed_renewed: bool,
    /// The next day something is due: intake, promise or law.
    pub due_on: Option<Date>,
    pub legal: Option<Reckoning>,
    pub promise: Option<Reckoning>,
    pub paused: bool,
    /// Working days left until `due_on`; negative when it has passed.
    pub left: Option<i64>,
    pub light: Option<Light>,
    pub timing: Option<Timing>,
}

/// The rule that sets the legal limit where the catalogue states none: by the item's name and the procedure.
pub fn rule_for(name: &str, procedure: &str) -> &'static str {
    match procedure {
        "joint" => "license-decide-joint",
        "review_first" => "license-first-review",
        // 取水许可 has its own clock; 行政许可法 Art. 42 yields to it.
        _ if name.contains("取水许可") => "water-decide",
        _ => "license-decide",
    }
}

/// Last day to say what is missing.
pub fn intake(days: &Workdays, from: Date, limit: u32) -> Date {
    days.after(from, limit).on
}

/// Works out how a case stands on `today`; `yellow` is the number of working days left at which the light turns.
pub fn standing(case: &Clock, limits: &Limits, days: &Workdays, today: Date, yellow: i64) -> Standing {
    let begun = case.supplemented_on.unwrap_or(case.received_on);
    let intake_due = intake(days, begun, limits.intake);
    let silent = case.accepted_on.is_none() && case.state == State::Received && today > intake_due;
    // Accepted from the day the material was received, not from the day the period ended.
    let accepted_on = case.accepted_on.or(silent.then_some(begun));
    let until = case.decided_on.unwrap_or(today);
    let mut pauses = case.pauses.clone();
    if let Some(since) = case.paused_since
        && since <= until
    {
        pauses.push(Pause { from: since, to: until });
    }
    // An extension is of working days (Art. 42, 82), whatever the limit itself is of.
    let reckon = |(n, unit): (u32, Unit)| {
        accepted_on.map(|from| {
            if unit == Unit::Working || case.extension == 0 {
                return days.reckon(from, n + case.extension, unit, Runs::After, &pauses);
            }
            let mut whole = days.reckon(from, n, unit, Runs::After, &pauses);
            let more = days.reckon(whole.due.on, case.extension, Unit::Working, Runs::After, &pauses);
            whole.due = crate::calendar::Due { on: more.due.on, provisional: whole.due.provisional || more.due.provisional };
            whole.skipped.extend(more.skipped);
            whole.worked.extend(more.worked);
            whole.uncovered.extend(more.uncovered);
            whole
        })
    };
    let legal = reckon(limits.legal);
    let promise = limits.promise.and_then(reckon);
    let legal_due = legal.as_ref().map(|found| found.due.on);
    // A promise longer than the law promises nothing.
    let promise_due = promise.as_ref().map(|found| found.due.on).filter(|on| legal_due.is_none_or(|legal| *on <= legal));
    // A renewal that came in time must be decided before the licence expires (Art. 50(2)).
    let expires = case.renews.and_then(|(expires, before)| {
        let last = days.reckon(expires, before, Unit::Natural, Runs::Before, &[]).due.on;
        (case.received_on <= last).then_some(expires)
    });
    let deemed_renewed = expires.is_some_and(|expires| {
        let ended = matches!(case.state, State::Refused | State::Withdrawn);
        today > expires && case.decided_on.is_none_or(|on| on > expires) && !ended
    });
    let open = case.state.open();
    let due_on = match (open, accepted_on) {
        // A decision is delivered within ten working days (Art. 44).
        (false, _) if case.state == State::Decided => {
            case.decided_on.map(|on| days.after(on, crate::calendar::rule_on("license-deliver", on).map_or(10, |rule| rule.days)).on)
        }
        (false, _) => None,
        (true, None) if case.state == State::Supplement => None,
        (true, None) => Some(intake_due),
        (true, Some(_)) => [promise_due.or(legal_due), expires].into_iter().flatten().min(),
    };
    let left = due_on.map(|due| if today <= due { days.between(today, due) } else { -days.between(due, today) });
    let over = |due: Option<Date>| due.is_some_and(|due| today > due);
    let light = due_on.map(|due| match left {
        _ if case.state == State::Decided && today > due => Light::Red,
        _ if open && (over(legal_due) || deemed_renewed) => Light::DoubleRed,
        _ if today > due => Light::Red,
        // A step over time though the whole is not: intake passed in silence.
        _ if silent => Light::Yellow,
        Some(left) if left <= yellow => Light::Yellow,
        _ => Light::Green,
    });
    let timing = case.decided_on.and_then(|on| {
        let due = promise_due.or(legal_due)?;
        Some(match legal_due {
            Some(legal) if on > legal || expires.is_some_and(|expires| on > expires) => Timing::Unlawful,
            _ if on > due => Timing::Late,
            _ if on == due => Timing::OnTime,
            _ => Timing::Early,
        })
    });
    Standing {
        accepted_on,
        deemed_accepted: silent,
        deemed_renewed,
        due_on,
        legal,
        promise,
        paused: case.paused_since.is_some() && open,
        left,
        light,
        timing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::notices;
    use jiff::civil::date;

    fn accepted(on: Date) -> Clock {
        Clock {
            state: State::Accepted,
            received_on: on,
            supplemented_on: None,
            accepted_on: Some(on),
            decided_on: None,
            pauses: Vec::new(),
            paused_since: None,
            extension: 0,
            renews: None,
        }
    }

    const LIMITS: Limits = Limits { intake: 5, legal: (20, Unit::Working), promise: Some((15, Unit::Working)) };

    fn on(case: &Clock, today: Date) -> Standing {
        standing(case, &LIMITS, &Workdays::new(notices()), today, 1)
    }

    fn legal_due(standing: &Standing) -> Date {
        standing.legal.as_ref().unwrap().due.on
    }

    #[test]
    fn t31_t34_extension_and_pauses_move_the_due_day() {
        let case = accepted(date(2010, 11, 5));
        assert_eq!(legal_due(&on(&case, date(2010, 11, 8))), date(2010, 12, 3));
        let longer = Clock { extension: 10, ..case.clone() };
        assert_eq!(legal_due(&on(&longer, date(2010, 11, 8))), date(2010, 12, 17));
        let pause = |from, to| Pause { from: date(2010, 11, from), to: date(2010, 11, to) };
        let reviewed = Clock { pauses: vec![pause(10, 16), pause(12, 19)], ..case };
        assert_eq!(legal_due(&on(&reviewed, date(2010, 11, 22))), date(2010, 12, 14));
    }

    #[test]
    fn t37_silence_at_intake_accepts_from_the_day_of_receipt() {
        let case = Clock { state: State::Received, accepted_on: None, ..accepted(date(2010, 11, 4)) };
        let waiting = on(&case, date(2010, 11, 11));
        assert_eq!((waiting.due_on, waiting.deemed_accepted, waiting.light), (Some(date(2010, 11, 11)), false, Some(Light::Yellow)));
        let silent = on(&case, date(2010, 11, 12));
        assert!(silent.deemed_accepted);
        assert_eq!(silent.accepted_on, Some(date(2010, 11, 4)));
        assert_eq!(silent.light, Some(Light::Yellow));
    }

    #[test]
    fn t36_a_renewal_undecided_at_expiry_is_granted_by_law_if_it_came_in_time() {
        let in_time = Clock { renews: Some((date(2010, 12, 31), 30)), ..accepted(date(2010, 12, 1)) };
        assert!(!on(&in_time, date(2010, 12, 31)).deemed_renewed);
        assert!(on(&in_time, date(2011, 1, 1)).deemed_renewed);
        let late = Clock { renews: Some((date(2010, 12, 31), 30)), ..accepted(date(2010, 12, 2)) };
        assert!(!on(&late, date(2011, 1, 1)).deemed_renewed);
        let water = Clock { renews: Some((date(2010, 12, 31), 45)), ..accepted(date(2010, 11, 16)) };
        assert!(on(&water, date(2011, 1, 1)).deemed_renewed);
    }

    #[test]
    fn lights_turn_with_the_days() {
        let case = accepted(date(2010, 11, 5));
        // Promise 2010-11-26, law 2010-12-03.
        let light = |day| on(&case, day).light.unwrap();
        assert_eq!(light(date(2010, 11, 24)), Light::Green);
        assert_eq!(light(date(2010, 11, 25)), Light::Yellow);
        assert_eq!(light(date(2010, 11, 26)), Light::Yellow);
        assert_eq!(light(date(2010, 11, 27)), Light::Red);
        assert_eq!(light(date(2010, 12, 3)), Light::Red);
        assert_eq!(light(date(2010, 12, 4)), Light::DoubleRed);
    }

    #[test]
    fn an_open_pause_moves_the_day_as_time_goes_by() {
        let case = Clock { paused_since: Some(date(2010, 11, 10)), ..accepted(date(2010, 11, 5)) };
        assert!(on(&case, date(2010, 11, 12)).paused);
        assert_eq!(legal_due(&on(&case, date(2010, 11, 12))), date(2010, 12, 7));
        assert_eq!(legal_due(&on(&case, date(2010, 11, 19))), date(2010, 12, 14));
    }

    #[test]
    fn the_last_day_is_in_time_and_the_next_is_late() {
        let decided = |day| {
            let case = Clock { state: State::Decided, decided_on: Some(day), ..accepted(date(2010, 11, 5)) };
            on(&case, date(2010, 12, 31)).timing.unwrap()
        };
        assert_eq!(decided(date(2010, 11, 25)), Timing::Early);
        assert_eq!(decided(date(2010, 11, 26)), Timing::OnTime);
        assert_eq!(decided(date(2010, 11, 29)), Timing::Late);
        assert_eq!(decided(date(2010, 12, 3)), Timing::Late);
        assert_eq!(decided(date(2010, 12, 6)), Timing::Unlawful);
    }

    #[test]
    fn the_rule_follows_item_and_procedure() {
        assert_eq!(rule_for("取水许可（延续）", "ordinary"), "water-decide");
        assert_eq!(rule_for("河道采砂许可", "ordinary"), "license-decide");
        assert_eq!(rule_for("河道采砂许可", "joint"), "license-decide-joint");
    }
}
