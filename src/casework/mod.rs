//! Cases (办件): the states they go through, and the clocks of the law that run meanwhile.

mod clock;
mod exchange;
mod state;

pub use clock::{Clock, Light, Limits, Standing, Timing, intake, rule_for, standing};
pub use exchange::{ACCEPT_FIELDS, AcceptRow, PROCESS_FIELDS, ProcessRow, RESULT_FIELDS, ResultRow, SPECIAL_FIELDS, SpecialRow, Table};
pub use state::{Event, Refusal, State, next};
