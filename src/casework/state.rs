//! The state machine of a case (license.md section 4). 暂停计时 is a flag and no state: a
//! paused case is still being reviewed.

/// Where a case stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// 申请, 已接件.
    Received,
    /// 待补正.
    Supplement,
    /// 已受理, 审查.
    Accepted,
    /// 已决定.
    Decided,
    /// 已送达.
    Delivered,
    /// 不受理, 不予受理.
    Refused,
    /// 撤回, 终止.
    Withdrawn,
}

impl State {
    /// The word in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Supplement => "supplement",
            Self::Accepted => "accepted",
            Self::Decided => "decided",
            Self::Delivered => "delivered",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Reads the word; the database's finer words for a case under review are one state here.
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "received" => Self::Received,
            "supplement" => Self::Supplement,
            "accepted" | "review" | "special" => Self::Accepted,
            "decided" => Self::Decided,
            "delivered" | "archived" => Self::Delivered,
            "refused" => Self::Refused,
            "withdrawn" => Self::Withdrawn,
            _ => return None,
        })
    }

    /// Whether somebody still has to act within a limit.
    pub fn open(self) -> bool {
        matches!(self, Self::Received | Self::Supplement | Self::Accepted)
    }
}

/// What happens to a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// 申请: the material was received.
    Received,
    /// 补正通知 (行政许可法 Art. 32(4)).
    SupplementNotice,
    /// 补正提交.
    SupplementSubmitted,
    /// 受理 (Art. 32(5)).
    Accepted,
    /// 不受理, 不予受理 (Art. 32(1), (2)).
    NotAccepted,
    /// 特别程序开始 (Art. 45).
    Paused,
    /// 特别程序结束.
    Resumed,
    /// 延长 (Art. 42).
    Extended,
    /// 准予 or 不予许可.
    Decided,
    /// 撤回申请.
    Withdrawn,
    /// 终止.
    Terminated,
    /// 送达 (Art. 44).
    Delivered,
    /// A step of the handling (环节), as an exchange reports it.
    Step,
}

impl Event {
    /// The word in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::SupplementNotice => "supplement_notice",
            Self::SupplementSubmitted => "supplement_submitted",
            Self::Accepted => "accepted",
            Self::NotAccepted => "not_accepted",
            Self::Paused => "paused",
            Self::Resumed => "resumed",
            Self::Extended => "extended",
            Self::Decided => "decided",
            Self::Withdrawn => "withdrawn",
            Self::Terminated => "terminated",
            Self::Delivered => "delivered",
            Self::Step => "step",
        }
    }
}

/// Why an event cannot happen now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub state: State,
    pub event: Event,
}

/// The state after an event.
///
/// # Errors
/// The event is not allowed in this state.
pub fn next(state: State, event: Event) -> Result<State, Refusal> {
    use Event as E;
    use State as S;
    Ok(match (state, event) {
        (_, E::Step) => state,
        (S::Received, E::SupplementNotice) => S::Supplement,
        (S::Supplement, E::SupplementSubmitted) => S::Received,
        (S::Received, E::Accepted) => S::Accepted,
        (S::Received, E::NotAccepted) => S::Refused,
        (S::Accepted, E::Paused | E::Resumed | E::Extended) => S::Accepted,
        (S::Accepted, E::Decided) => S::Decided,
        (S::Received | S::Supplement | S::Accepted, E::Withdrawn) => S::Withdrawn,
        (S::Accepted, E::Terminated) => S::Withdrawn,
        (S::Decided, E::Delivered) => S::Delivered,
        _ => return Err(Refusal { state, event }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_goes_its_way() {
        let way = [Event::SupplementNotice, Event::SupplementSubmitted, Event::Accepted, Event::Paused, Event::Resumed, Event::Extended];
        let end = way.into_iter().try_fold(State::Received, next).unwrap();
        assert_eq!(next(end, Event::Decided), Ok(State::Decided));
        assert_eq!(next(State::Decided, Event::Delivered), Ok(State::Delivered));
    }

    #[test]
    fn nothing_is_decided_before_it_is_accepted_or_twice() {
        for state in [State::Received, State::Supplement, State::Decided, State::Delivered, State::Refused, State::Withdrawn] {
            assert_eq!(next(state, Event::Decided), Err(Refusal { state, event: Event::Decided }));
        }
    }

    #[test]
    fn words_are_read_back() {
        for state in
            [State::Received, State::Supplement, State::Accepted, State::Decided, State::Delivered, State::Refused, State::Withdrawn]
        {
            assert_eq!(State::from_word(state.word()), Some(state));
        }
    }
}
