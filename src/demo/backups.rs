//! Backups the bureau made: as a sound one keeps them, and as one that forgot them.

use jiff::ToSpan;

use super::row::{Writer, id, text};
use super::{Expected, faults};

/// One record of a backup.
struct Run {
    days_ago: i64,
    target: &'static str,
    status: &'static str,
    bytes: i64,
    /// With its hash, and verified.
    proved: bool,
    /// Found damaged since.
    damaged: bool,
}

/// Last night's backup, here and off-site, verified, and a rehearsal of last month.
pub(super) fn sound<E>(writer: &mut Writer<'_, E>) -> Result<(), E> {
    for (n, target) in ["local", "offsite"].into_iter().enumerate() {
        run(writer, id(n), &Run { days_ago: 0, target, status: "ok", bytes: 52_428_800, proved: true, damaged: false })?;
    }
    test(writer, id(0), id(0), 30, "ok")
}

/// Backups that each of the rules on them has something to say of.
pub(super) fn forgotten<E>(writer: &mut Writer<'_, E>) -> Result<Vec<Expected>, E> {
    let runs = [
        Run { days_ago: 60, target: "local", status: "ok", bytes: 52_428_800, proved: true, damaged: false },
        // Verified when it was made, and not the last time.
        Run { days_ago: 50, target: "offsite", status: "ok", bytes: 52_428_800, proved: true, damaged: true },
        // Half of it gone, never looked at, and the next one failed.
        Run { days_ago: 40, target: "local", status: "ok", bytes: 26_214_400, proved: false, damaged: false },
        Run { days_ago: 39, target: "local", status: "failed", bytes: 0, proved: false, damaged: false },
    ];
    for (n, one) in runs.iter().enumerate() {
        run(writer, faults::BASE + n as i64, one)?;
    }
    // It passed once, and failed since.
    test(writer, faults::BASE, faults::BASE, 30, "ok")?;
    test(writer, faults::BASE + 1, faults::BASE, 10, "failed")?;
    let of_run = |n: i64| (faults::BASE + n).to_string();
    let expected = [
        ("BAK-001", "full".to_owned()),
        ("BAK-002", "any".to_owned()),
        ("BAK-003", "offsite".to_owned()),
        ("BAK-004", "latest".to_owned()),
        ("BAK-005", of_run(1)),
        ("BAK-005", of_run(2)),
        ("BAK-006", of_run(2)),
        ("BAK-007", of_run(3)),
    ];
    Ok(expected.into_iter().map(|(rule, key)| Expected { rule, key }).collect())
}

fn run<E>(writer: &mut Writer<'_, E>, id: i64, run: &Run) -> Result<(), E> {
    let at = format!("{} 00:00:00+08:00", writer.today.saturating_sub(run.days_ago.days()));
    let snapshot = writer.hash();
    let manifest = writer.hash();
    let ok = run.status == "ok";
    writer.row(
        "backup_run",
        &[
            "id",
            "snapshot_id",
            "repository",
            "kind",
            "target",
            "started_at",
            "finished_at",
            "status",
            "bytes",
            "added_bytes",
            "manifest_sha256",
            "verified_at",
            "damaged_at",
            "read_at",
            "damage_depth",
        ],
        vec![
            text(id),
            Some(snapshot).filter(|_| ok),
            text(if run.target == "local" { "/var/backups/swj" } else { "/mnt/offsite/swj" }),
            text("full"),
            text(run.target),
            text(&at),
            text(&at),
            text(run.status),
            text(run.bytes).filter(|_| ok),
            text(run.bytes / 100).filter(|_| ok),
            Some(manifest).filter(|_| run.proved),
            text(&at).filter(|_| run.proved),
            text(&at).filter(|_| run.damaged),
            text(&at).filter(|_| run.proved),
            text("all").filter(|_| run.damaged),
        ],
    )
}

fn test<E>(writer: &mut Writer<'_, E>, id: i64, backup: i64, days_ago: i64, status: &str) -> Result<(), E> {
    let at = format!("{} 09:00:00+08:00", writer.today.saturating_sub(days_ago.days()));
    writer.row(
        "restore_test",
        &["id", "backup_id", "tested_at", "environment", "status", "seconds", "rows_checked"],
        vec![text(id), text(backup), text(at), text("/tmp/swj-drill/drill.db"), text(status), text(12), text(68_000)],
    )
}
