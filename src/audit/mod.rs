//! Audit rules: each is one file with one SELECT; a row is a fault, no row means pass.

mod parameters;
mod rules;
mod run;

pub use parameters::{ParameterError, Parameters};
pub use rules::{Rule, RuleError, Severity, built_in, site};
pub use run::{Finding, Results, Skipped, run};
