use anyhow::Result;

use super::desk::{Desk, Line, known, listed};
use super::movement::apply;
use crate::context::{Context, Outcome};
use crate::db::transfers::{self, Transfer};
use crate::db::{Db, units, users};
use crate::failure::{Exit, Failure};
use crate::ledger::Entry;
use crate::say;

/// Carry out the moves and departures whose day has come
///
/// For a timer: done twice it finds nothing to do. What cannot be carried out is named and stays due
/// (exit 3); the others are done, each in a transaction of its own.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Everything that is due
    #[arg(long, required_unless_present = "login")]
    due: bool,
    /// Only that of this person
    login: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let desk = Desk::new(ctx, "user transfer apply")?;
    let until = ctx.clock.today().min(desk.today);
    let db = ctx.db()?;
    let user = args.login.as_deref().map(|login| known(db, login)).transpose()?.map(|user| user.id);
    let due: Vec<Transfer> = transfers::pending(db, user)?.into_iter().filter(|transfer| transfer.effective_on.0 <= until).collect();
    if due.is_empty() {
        ctx.show(listed("user.transfer.apply", &[]))?;
        ctx.remark(&say!("user-nothing-due"));
        return Ok(Outcome::Done);
    }
    let mut plan = Vec::new();
    for transfer in &due {
        plan.push(Line {
            login: users::login_of(ctx.db()?, transfer.user_id)?.unwrap_or_default(),
            what: transfer.kind.clone(),
            key: transfer.effective_on.to_string(),
            title: transfer.basis_doc_no.clone().unwrap_or_default(),
            outcome: "due",
            to: None,
        });
    }
    ctx.show_plan(&listed("user.transfer.apply", &plan))?;
    ctx.go_ahead(&say!("user-apply-question", count = due.len()))?;
    let (mut lines, mut left) = (Vec::new(), Vec::new());
    let each = |db: &mut Db, log: &mut Vec<Entry>, transfer: &Transfer| -> Result<Vec<Line>> {
        units::one_at_a_time(db)?;
        // Another timer may have been faster.
        if !transfers::pending(db, Some(transfer.user_id))?.contains(transfer) {
            return Ok(Vec::new());
        }
        apply(db, log, &desk, transfer)
    };
    let ended = if ctx.globals.dry_run {
        // In one transaction that is taken back: what one leaves on the desk of the next is there.
        ctx.write(|db, log| due.iter().map(|transfer| apart(db, |db| stopped(each(db, log, transfer)))).collect::<Result<Vec<_>>>())?
    } else {
        due.iter().map(|transfer| stopped(ctx.write(|db, log| each(db, log, transfer)))).collect::<Result<Vec<_>>>()?
    };
    for (ended, plan) in ended.into_iter().zip(plan) {
        match ended {
            Ok(done) => lines.extend(done),
            Err(failure) => {
                ctx.remark(&say!("user-not-applied", login = plan.login.clone(), why = failure.to_string()));
                left.push(Line { title: failure.to_string(), outcome: "left", ..plan });
            }
        }
    }
    let done = due.len() - left.len();
    let some_left = !left.is_empty();
    lines.extend(left);
    ctx.show(listed("user.transfer.apply", &lines))?;
    ctx.remark(&if ctx.globals.dry_run { say!("dry-run") } else { say!("user-applied", count = done) });
    Ok(if some_left { Outcome::LookAtIt } else { Outcome::Done })
}

type Ended = Result<Vec<Line>, Failure>;

/// Whatever stands in the way of one stops none of the others; what is wrong with the database stops them all.
fn stopped(ended: Result<Vec<Line>>) -> Result<Ended> {
    match ended {
        Ok(lines) => Ok(Ok(lines)),
        Err(error) => match error.downcast::<Failure>() {
            Ok(failure) if failure.exit != Exit::NotPermitted => Ok(Err(failure)),
            Ok(failure) => Err(failure.into()),
            Err(error) => Err(error),
        },
    }
}

/// Does it behind a savepoint: what was refused leaves nothing behind for the next.
fn apart(db: &mut Db, work: impl FnOnce(&mut Db) -> Result<Ended>) -> Result<Ended> {
    db.execute("SAVEPOINT each")?;
    let ended = work(db)?;
    if ended.is_err() {
        db.execute("ROLLBACK TO SAVEPOINT each")?;
    }
    db.execute("RELEASE SAVEPOINT each")?;
    Ok(ended)
}
