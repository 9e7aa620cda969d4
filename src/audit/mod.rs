//! Audit rules: each is one file with one SELECT; a row is a fault, no row means pass.

mod adapter;
mod earlier;
mod findings;
mod fix;
mod keep;
mod level;
mod parameters;
mod rules;
mod run;
mod text;
mod waivers;

pub use adapter::{Adapter, AdapterFault, built_in_adapter, built_in_adapters};
pub use earlier::{Earlier, Head, Known, Line, read_report};
pub use findings::{Finding, Findings, Fingerprint, Standing, State};
pub use fix::{FIXABLE, Levels, Unmendable, levels};
pub use keep::{Tally, keep, know};
pub use level::at_level;
pub use parameters::{ParameterError, Parameters};
pub use rules::{Rule, RuleError, Severity, built_in, site};
pub use run::{Results, RunError, Skipped, run};
pub use waivers::{Fault as WaiverFaultKind, Hidden, Hiding, People, Person, Waiver, WaiverFault, Written, latest_end, read_waivers};
