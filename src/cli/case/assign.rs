use anyhow::Result;

use super::chosen;
use crate::casework::State;
use crate::cli::assign::{Of, To, Work, assign};
use crate::cli::columns::left;
use crate::context::{Context, Outcome};
use crate::db::cases;
use crate::db::handlers::Paper;

/// Name who handles a case (经办人)
///
/// Whoever leaves hands the cases named here to a successor; where nobody is named, the last step counts.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Number of the case
    no: String,
    #[command(flatten)]
    to: To,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let of = Of { verb: "case assign", schema: "case.assign", table: "license_case", no: left("no") };
    assign(ctx, &of, &args.no, &args.to, |db, no| {
        let case = chosen(db, no)?;
        cases::hold(db, case.id)?;
        let case = chosen(db, no)?;
        let over = !State::from_word(&case.status).is_some_and(State::open);
        Ok(Work { paper: Paper::Case(case.id), status: case.status, over })
    })
}
