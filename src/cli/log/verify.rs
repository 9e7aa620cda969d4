use anyhow::Result;

use crate::cli::columns::{left, report, right};
use crate::context::{Context, Outcome};
use crate::ledger::{self, Fault};
use crate::say;
use crate::view::Cell;

/// Prove that no sealed entry was changed, removed or reordered
///
/// A chain alone cannot show that its end was cut off: compare the printed head with
/// one written down elsewhere. Entries not sealed yet are counted apart.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Head written down earlier, or its first 16 digits; it must still be in the chain
    #[arg(long, value_name = "HASH", value_parser = digits)]
    head: Option<String>,
}

fn digits(text: &str) -> Result<String, String> {
    let hash = text.trim().to_ascii_lowercase();
    let whole = (16..=64).contains(&hash.len()) && hash.bytes().all(|digit| digit.is_ascii_hexdigit());
    if whole { Ok(hash) } else { Err("HASH".to_owned()) }
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let progress = ctx.progress(&say!("progress-verifying"), None);
    let mut head_seen = args.head.is_none();
    let verdict = ctx.db()?.one_picture(|db| -> Result<_> {
        if let Some(head) = &args.head {
            head_seen = crate::db::audit_logs::has_hash(db, head)?;
        }
        Ok(ledger::verify(db, |n| progress.advance(n))?)
    })?;
    drop(progress);
    let mut report = report(
        "log.verify",
        vec![left("verdict"), right("entries"), right("sound"), right("unsealed"), right("broken_at"), left("fault"), left("head")],
    );
    report.key = 6;
    let fault = verdict.broken.map(|(_, fault)| match fault {
        Fault::Gap => "gap",
        Fault::Unlinked => "unlinked",
        Fault::Missing => "missing",
        Fault::Changed => "changed",
    });
    let broken = fault.is_some() || !head_seen;
    report.push(vec![
        if broken { "broken" } else { "sound" }.into(),
        Cell::Int(verdict.entries),
        Cell::Int(verdict.sound),
        Cell::Int(verdict.unsealed),
        verdict.broken.map(|(no, _)| no).into(),
        if head_seen { fault.into() } else { "head-missing".into() },
        verdict.head.clone().into(),
    ]);
    ctx.show(report)?;
    match verdict.broken {
        Some((no, _)) => ctx.remark(&say!("log-broken", no = no.to_string())),
        None if !head_seen => ctx.remark(&say!("log-head-missing")),
        None => ctx.remark(&say!("log-sound", count = verdict.sound.to_string(), head = verdict.head[..16].to_owned())),
    }
    Ok(if broken { Outcome::Broken } else { Outcome::Done })
}
