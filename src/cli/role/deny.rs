use anyhow::Result;

use super::permit::{Change, change};
use crate::context::{Context, Outcome};

/// Take permissions out of a role
///
/// What one of the three administrators (三员) cannot work without stays.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Role code
    role: String,
    /// Permissions
    #[arg(required = true, value_name = "PERMISSION")]
    permissions: Vec<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    change(ctx, Change::Deny, &args.role, &args.permissions)
}
