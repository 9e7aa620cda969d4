use anyhow::Result;

use super::chosen;
use super::view::numbered;
use crate::cli::assign::{Of, To, Work, assign};
use crate::context::{Context, Outcome};
use crate::db::handlers::Paper;
use crate::db::requests;
use crate::disclosure::request::State;

/// Name who handles a request (经办人)
///
/// Whoever leaves hands the requests named here to a successor; where nobody is named, the last step counts.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Number of the request
    no: String,
    #[command(flatten)]
    to: To,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let of = Of { verb: "request assign", schema: "request.assign", table: "disclosure_request", no: numbered() };
    assign(ctx, &of, &args.no, &args.to, |db, no| {
        requests::hold(db, no)?;
        let request = chosen(db, no)?;
        let over = request.status == State::Closed.word();
        Ok(Work { paper: Paper::Request(request.id), status: request.status, over })
    })
}
