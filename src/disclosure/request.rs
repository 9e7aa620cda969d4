//! The way of a request (依申请公开): states, events, the clock of both regimes.

use jiff::civil::Date;

use crate::calendar::{Pause, Reckoning, Runs, Unit, Workdays, rule_on};

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// 待确认: arrived, its day of receipt not settled.
    Unconfirmed,
    /// 办理中.
    Open,
    /// 待补正.
    Supplement,
    /// 征求意见.
    Consulting,
    /// 待说明理由.
    Reasons,
    /// 待缴费.
    Fee,
    /// 办结.
    Closed,
}

impl State {
    /// The word in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unconfirmed => "unconfirmed",
            Self::Open => "open",
            Self::Supplement => "supplement",
            Self::Consulting => "consulting",
            Self::Reasons => "reasons",
            Self::Fee => "fee",
            Self::Closed => "closed",
        }
    }

    /// The state of a word in the database.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Unconfirmed, Self::Open, Self::Supplement, Self::Consulting, Self::Reasons, Self::Fee, Self::Closed]
            .into_iter()
            .find(|state| state.word() == word)
    }
}

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    Arrive,
    Confirm,
    /// 补正告知 (2019 Art. 30).
    AskSupplement,
    Supplement,
    SupplementExpire,
    /// 征求第三方意见 (2019 Art. 32).
    ConsultThird,
    ThirdReply,
    ThirdExpire,
    /// 征求共同制作机关意见 (2019 Art. 34).
    ConsultOrgan,
    OrganReply,
    /// 要求说明理由 (2019 Art. 35).
    AskReason,
    Reason,
    /// 延期答复.
    Extend,
    FeeNotice,
    Paid,
    FeeExpire,
    Answer,
    Withdraw,
    Reopen,
    ReviewOpen,
    ReviewClose,
    SuitOpen,
    SuitClose,
    /// A fact was entered wrongly and is put right.
    CorrectRecord,
}

impl Event {
    /// The word in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Arrive => "arrive",
            Self::Confirm => "confirm",
            Self::AskSupplement => "ask_supplement",
            Self::Supplement => "supplement",
            Self::SupplementExpire => "supplement_expire",
            Self::ConsultThird => "consult_third",
            Self::ThirdReply => "third_reply",
            Self::ThirdExpire => "third_expire",
            Self::ConsultOrgan => "consult_organ",
            Self::OrganReply => "organ_reply",
            Self::AskReason => "ask_reason",
            Self::Reason => "reason",
            Self::Extend => "extend",
            Self::FeeNotice => "fee_notice",
            Self::Paid => "paid",
            Self::FeeExpire => "fee_expire",
            Self::Answer => "answer",
            Self::Withdraw => "withdraw",
            Self::Reopen => "reopen",
            Self::ReviewOpen => "review_open",
            Self::ReviewClose => "review_close",
            Self::SuitOpen => "suit_open",
            Self::SuitClose => "suit_close",
            Self::CorrectRecord => "correct_record",
        }
    }
}

/// An event that a state does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub state: State,
    pub event: Event,
}

/// The state after an event. `consultations` is how many are out before it.
///
/// # Errors
/// What the state does not allow.
pub fn next(state: State, event: Event, consultations: usize) -> Result<State, Refusal> {
    use Event as E;
    use State as S;
    Ok(match (state, event) {
        (S::Unconfirmed, E::Confirm) => S::Open,
        (S::Open, E::AskSupplement) => S::Supplement,
        (S::Supplement, E::Supplement) => S::Open,
        (S::Supplement, E::SupplementExpire) => S::Closed,
        (S::Open | S::Consulting, E::ConsultThird | E::ConsultOrgan) => S::Consulting,
        (S::Consulting, E::ThirdReply | E::ThirdExpire | E::OrganReply) => {
            if consultations > 1 {
                S::Consulting
            } else {
                S::Open
            }
        }
        (S::Open, E::AskReason) => S::Reasons,
        (S::Reasons, E::Reason) => S::Open,
        (S::Open | S::Consulting, E::Extend) => state,
        (S::Open, E::FeeNotice) => S::Fee,
        (S::Fee, E::Paid) => S::Open,
        (S::Fee, E::FeeExpire) => S::Closed,
        (S::Open | S::Reasons, E::Answer) => S::Closed,
        (S::Closed, E::Reopen) => S::Open,
        // Silence can be taken to review too (条例 2019 Art. 51), and a case goes on while the request is open again.
        (S::Unconfirmed, E::ReviewOpen | E::ReviewClose | E::SuitOpen | E::SuitClose) => return Err(Refusal { state, event }),
        (_, E::ReviewOpen | E::ReviewClose | E::SuitOpen | E::SuitClose) => state,
        (S::Closed, E::Withdraw) => return Err(Refusal { state, event }),
        (_, E::Withdraw) => S::Closed,
        (_, E::CorrectRecord) => state,
        _ => return Err(Refusal { state, event }),
    })
}

/// 2008 or 2019 条例: by the day of receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Regime {
    /// 国务院令第492号, 2008-05-01 to 2019-05-14.
    Of2008,
    /// 国务院令第711号, from 2019-05-15.
    Of2019,
}

impl Regime {
    /// The regime in force on a day.
    pub fn on(day: Date) -> Self {
        if day < jiff::civil::date(2019, 5, 15) { Self::Of2008 } else { Self::Of2019 }
    }

    /// The word in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Of2008 => "2008",
            Self::Of2019 => "2019",
        }
    }
}

/// The day of receipt (第0日) and the rule it follows, as far as they can be told yet.
///
/// 2019 Art. 31: handed in, that day; by post with signature, the day signed; by ordinary post,
/// online or fax, the day the applicant confirmed. Before, by 国办公开办函〔2015〕207号, what is
/// not handed in counts from the day it reached the organ, without confirmation.
pub fn received(channel: &str, signed: bool, arrived: Date, confirmed: Option<Date>) -> (Option<Date>, &'static str) {
    match (Regime::on(confirmed.unwrap_or(arrived)), channel) {
        (_, "in_person" | "oral") => (Some(arrived), "handed-in"),
        (Regime::Of2008, "post") if signed => (Some(arrived), "signed-for"),
        (Regime::Of2008, _) => (Some(confirmed.unwrap_or(arrived)), "reached-the-organ"),
        (Regime::Of2019, "post") if signed => (Some(arrived), "signed-for"),
        (Regime::Of2019, _) => (confirmed, "confirmed"),
    }
}

/// One fact of the clock, in the order it happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    pub event: Event,
    pub on: Date,
    /// Day the other side received the letter; for a reopening, the day its own limit ends.
    pub until: Option<Date>,
    /// Working days of an extension.
    pub days: Option<u32>,
    /// Who was consulted.
    pub party: Option<String>,
}

/// A consultation that is out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Out {
    pub event: Event,
    pub party: Option<String>,
    /// First day that does not count.
    pub first: Date,
    /// Last day the law waits for an answer; none before 2019.
    pub last: Option<Date>,
}

/// From which day a consultation does not count: not settled in law, so a setting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ConsultedFrom {
    #[default]
    Sent,
    Received,
}

/// How long a request may still take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// 第0日: of receipt, or of the supplement or payment that began the period anew.
    pub day0: Date,
    /// Working days without extension.
    pub base: u32,
    pub extension: u32,
    /// The last day for the answer; none while the clock stands still.
    pub due: Option<Reckoning>,
    /// What is due while it stands: the applicant's payment or supplement.
    pub waiting_until: Option<Date>,
    /// Consultations that are out.
    pub out: Vec<Out>,
    /// The last day was set by a judgment, or told to the applicant (Art. 35): it is not reckoned.
    pub own: bool,
    /// Whether it was extended since it was opened: once only, even where a payment began the period anew.
    pub extended: bool,
}

/// Works out the limit of a request received on `received` after these events, as of `today`.
pub fn limit(received: Date, events: &[Happened], days: &Workdays, from: ConsultedFrom, today: Date) -> Limit {
    let regime = Regime::on(received);
    let rule = |name: &str, otherwise: u32| rule_on(name, received).map_or(otherwise, |rule| rule.days);
    let base = rule("disclosure-answer", if regime == Regime::Of2008 { 15 } else { 20 });
    let mut day0 = received;
    let mut extension = 0;
    let mut pauses: Vec<Pause> = Vec::new();
    let mut out: Vec<Out> = Vec::new();
    let mut stands = false;
    let mut extended = false;
    let mut waiting_until = None;
    let mut own: Option<Date> = None;
    for happened in events {
        match happened.event {
            Event::AskSupplement => (stands, waiting_until) = (true, happened.until),
            Event::FeeNotice => {
                stands = true;
                waiting_until = Some(days.after(happened.until.unwrap_or(happened.on), rule("disclosure-fee", 20)).on);
            }
            Event::Supplement | Event::Paid => {
                (day0, extension, stands, waiting_until, own) = (happened.on, 0, false, None, None);
                pauses.clear();
            }
            Event::Reopen => {
                (day0, extension, stands, waiting_until, own) = (happened.on, 0, false, None, happened.until);
                extended = false;
                pauses.clear();
                out.clear();
            }
            // A reasonable later day, told to the applicant.
            Event::Reason => own = happened.until.or(own),
            Event::ConsultThird | Event::ConsultOrgan => {
                let first = if from == ConsultedFrom::Received { happened.until.unwrap_or(happened.on) } else { happened.on };
                // The third party has 15 working days from receiving the letter; before 2019 the law set no end.
                let last = (regime == Regime::Of2019).then(|| {
                    let name = if happened.event == Event::ConsultThird { "disclosure-third-party" } else { "disclosure-joint-organs" };
                    days.after(happened.until.unwrap_or(first), rule(name, 15)).on
                });
                out.push(Out { event: happened.event, party: happened.party.clone(), first, last });
            }
            Event::ThirdReply | Event::ThirdExpire | Event::OrganReply => {
                let asked = if happened.event == Event::OrganReply { Event::ConsultOrgan } else { Event::ConsultThird };
                // Of several that are out, the one that is named; else the first.
                let named = out.iter().position(|out| out.event == asked && happened.party.is_some() && out.party == happened.party);
                if let Some(at) = named.or_else(|| out.iter().position(|out| out.event == asked)) {
                    let back = out.remove(at);
                    pauses.push(Pause { from: back.first, to: happened.on.min(back.last.unwrap_or(Date::MAX)) });
                }
            }
            Event::Extend => {
                extension += happened.days.unwrap_or(base);
                extended = true;
            }
            // The day a letter was received, noted afterwards.
            Event::CorrectRecord => {
                if let Some(received) = happened.until {
                    if waiting_until.is_some() {
                        waiting_until = Some(days.after(received, rule("disclosure-fee", 20)).on);
                    } else if let Some(out) = out.iter_mut().rfind(|out| happened.party.is_none() || out.party == happened.party) {
                        let name = if out.event == Event::ConsultThird { "disclosure-third-party" } else { "disclosure-joint-organs" };
                        out.last = out.last.map(|_| days.after(received, rule(name, 15)).on);
                        if from == ConsultedFrom::Received {
                            out.first = received;
                        }
                    }
                }
            }
            Event::Arrive
            | Event::Confirm
            | Event::SupplementExpire
            | Event::AskReason
            | Event::FeeExpire
            | Event::Answer
            | Event::Withdraw
            | Event::ReviewOpen
            | Event::ReviewClose
            | Event::SuitOpen
            | Event::SuitClose => {}
        }
    }
    let still = out.iter().filter(|out| out.first <= today);
    pauses.extend(still.map(|out| Pause { from: out.first, to: out.last.map_or(today, |last| today.min(last)) }));
    let due = (!stands).then(|| {
        let mut found = days.reckon(day0, base + extension, Unit::Working, Runs::After, &pauses);
        if let Some(own) = own {
            found.due.on = own;
        }
        found
    });
    Limit { day0, base, extension, due, waiting_until, out, own: own.is_some(), extended }
}

/// The rows of results (办理结果) by their codes in the 2021 form.
pub const OUTCOMES: [&str; 22] = [
    "3.1", "3.2", "3.3.1", "3.3.2", "3.3.3", "3.3.4", "3.3.5", "3.3.6", "3.3.7", "3.3.8", "3.4.1", "3.4.2", "3.4.3", "3.5.1", "3.5.2",
    "3.5.3", "3.5.4", "3.5.5", "3.6.1", "3.6.2", "3.6.3", "3.6",
];

/// The kinds of applicants (申请人情况) in the order of the form's columns.
pub const APPLICANTS: [&str; 6] = ["natural_person", "business", "research", "public_welfare", "legal_service", "other_org"];

/// The article a result row rests on (disclosure.md 2.4), 2019 条例.
pub fn article(row: &str) -> Option<&'static str> {
    Some(match row {
        "3.1" => "36(一)(二)",
        "3.2" => "37",
        "3.3.1" | "3.3.2" | "3.3.3" => "14",
        "3.3.4" => "15、32",
        "3.3.5" => "16第1款",
        "3.3.6" | "3.3.7" => "16第2款",
        "3.3.8" => "36(七)",
        "3.4.1" => "36(四)(五)",
        "3.4.2" => "38",
        "3.4.3" | "3.6.1" => "30",
        "3.5.1" => "39第1款",
        "3.5.2" => "36(六)",
        "3.5.3" => "39第2款",
        "3.5.4" => "35",
        "3.6.2" => "国办函〔2020〕109号",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::notices;
    use jiff::civil::date;

    fn calendar() -> Workdays {
        Workdays::new(notices())
    }

    fn happened(event: Event, on: Date) -> Happened {
        Happened { event, on, until: None, days: None, party: None }
    }

    fn due(received: Date, events: &[Happened], today: Date) -> Option<Date> {
        limit(received, events, &calendar(), ConsultedFrom::Sent, today).due.map(|found| found.due.on)
    }

    #[test]
    fn the_worked_deadlines_hold_for_requests() {
        let mut answers = 0;
        for row in csv::Reader::from_reader(include_str!("../../tests/data/disclosure_deadline_cases.csv").as_bytes()).records() {
            let row = row.unwrap();
            let (id, day0): (&str, Date) = (&row[0], row[3].parse().unwrap());
            let wanted: Date = row[5].parse().unwrap();
            let found = match (&row[2], id) {
                ("答复", "D22" | "D16") => continue,
                ("答复", _) => due(day0, &[], day0),
                _ => continue,
            };
            assert_eq!(found, Some(wanted), "{id}");
            answers += 1;
        }
        assert!(answers >= 15, "{answers}");
    }

    #[test]
    fn the_regime_changes_on_the_fifteenth_of_may_2019() {
        assert_eq!(limit(date(2019, 5, 14), &[], &calendar(), ConsultedFrom::Sent, date(2019, 5, 14)).base, 15);
        assert_eq!(limit(date(2019, 5, 15), &[], &calendar(), ConsultedFrom::Sent, date(2019, 5, 15)).base, 20);
    }

    #[test]
    fn receipt_follows_the_channel_and_the_regime() {
        let (before, after, later) = (date(2019, 5, 10), date(2024, 6, 3), date(2024, 6, 5));
        assert_eq!(received("online", false, before, None), (Some(before), "reached-the-organ"));
        assert_eq!(received("online", false, after, None), (None, "confirmed"));
        assert_eq!(received("online", false, after, Some(later)).0, Some(later));
        assert_eq!(received("post", true, after, None), (Some(after), "signed-for"));
        assert_eq!(received("post", false, after, None).0, None);
        assert_eq!(received("in_person", false, after, Some(later)).0, Some(after));
    }

    #[test]
    fn a_supplement_and_a_payment_begin_the_period_anew() {
        let asked = [happened(Event::AskSupplement, date(2024, 3, 8))];
        assert_eq!(due(date(2024, 3, 6), &asked, date(2024, 3, 20)), None);
        let came = [asked[0].clone(), happened(Event::Supplement, date(2024, 3, 29))];
        assert_eq!(due(date(2024, 3, 6), &came, date(2024, 3, 29)), due(date(2024, 3, 29), &[], date(2024, 3, 29)));
        let fee = [Happened { until: Some(date(2024, 3, 11)), ..happened(Event::FeeNotice, date(2024, 3, 8)) }];
        let found = limit(date(2024, 3, 6), &fee, &calendar(), ConsultedFrom::Sent, date(2024, 3, 12));
        assert_eq!((found.due, found.waiting_until), (None, Some(calendar().after(date(2024, 3, 11), 20).on)));
    }

    #[test]
    fn two_consultations_that_overlap_are_not_subtracted_twice() {
        let (one, two) = (happened(Event::ConsultThird, date(2024, 6, 3)), happened(Event::ConsultOrgan, date(2024, 6, 5)));
        let (first, second) = (happened(Event::ThirdReply, date(2024, 6, 17)), happened(Event::OrganReply, date(2024, 6, 14)));
        let alone = due(date(2024, 5, 27), &[one.clone(), first.clone()], date(2024, 6, 20));
        assert_eq!(due(date(2024, 5, 27), &[one, two, second, first], date(2024, 6, 20)), alone);
    }

    #[test]
    fn a_third_party_that_stays_silent_costs_fifteen_working_days_and_no_more() {
        let asked = happened(Event::ConsultThird, date(2024, 6, 3));
        let end = calendar().after(date(2024, 6, 3), 15).on;
        let silent = due(date(2024, 5, 27), std::slice::from_ref(&asked), date(2024, 9, 1));
        assert_eq!(silent, due(date(2024, 5, 27), &[asked.clone(), happened(Event::ThirdExpire, end)], date(2024, 9, 1)));
        assert_eq!(silent, due(date(2024, 5, 27), &[asked, happened(Event::ThirdReply, date(2024, 8, 1))], date(2024, 9, 1)));
        // Before 2019 the law set the third party no term.
        let old = due(date(2018, 5, 28), &[happened(Event::ConsultThird, date(2018, 6, 1))], date(2018, 9, 3)).unwrap();
        assert!(old > date(2018, 9, 3));
    }

    #[test]
    fn an_extension_adds_to_the_limit_after_a_consultation_too() {
        let events = [
            happened(Event::ConsultThird, date(2024, 6, 3)),
            happened(Event::ThirdReply, date(2024, 6, 17)),
            Happened { days: Some(20), ..happened(Event::Extend, date(2024, 6, 20)) },
        ];
        let whole = calendar().reckon(
            date(2024, 5, 27),
            40,
            Unit::Working,
            Runs::After,
            &[Pause { from: date(2024, 6, 3), to: date(2024, 6, 17) }],
        );
        assert_eq!(due(date(2024, 5, 27), &events, date(2024, 6, 20)), Some(whole.due.on));
    }

    #[test]
    fn a_request_goes_only_the_ways_of_the_table() {
        assert_eq!(next(State::Unconfirmed, Event::Confirm, 0), Ok(State::Open));
        assert_eq!(next(State::Consulting, Event::ThirdReply, 2), Ok(State::Consulting));
        assert_eq!(next(State::Consulting, Event::ThirdReply, 1), Ok(State::Open));
        for (state, event) in [
            (State::Unconfirmed, Event::Answer),
            (State::Supplement, Event::Answer),
            (State::Fee, Event::Answer),
            (State::Closed, Event::Answer),
            (State::Closed, Event::Withdraw),
            (State::Open, Event::Reopen),
            (State::Open, Event::Supplement),
        ] {
            assert_eq!(next(state, event, 0), Err(Refusal { state, event }));
        }
        for word in ["unconfirmed", "open", "supplement", "consulting", "reasons", "fee", "closed"] {
            assert_eq!(State::from_word(word).map(State::word), Some(word));
        }
    }
}
