use std::path::{Path, PathBuf};

use anyhow::Result;

use super::{RepositoryArgs, named_openly};
use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome, write_file};
use crate::db::Url;
use crate::failure::{Exit, Failure};
use crate::say;

/// Print or install systemd units: a verified backup every night, a rehearsal every month, a check every morning
///
/// With the paths of this configuration, the password as a systemd credential, and a notice when
/// a run fails. Without systemd the same as lines of a crontab (--cron).
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    repository: RepositoryArgs,
    /// Time of the nightly run
    #[arg(long, value_name = "HH:MM", default_value = "02:30")]
    at: String,
    /// User the units run as
    #[arg(long, value_name = "USER", default_value = "swj")]
    user: String,
    /// Write the units into this folder, such as /etc/systemd/system
    #[arg(long, value_name = "FOLDER", conflicts_with = "cron")]
    install: Option<PathBuf>,
    /// Lines of a crontab instead
    #[arg(long)]
    cron: bool,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let time: Vec<u8> = args.at.split(':').filter_map(|part| part.parse().ok()).collect();
    let [hour @ 0..=23, minute @ 0..=59] = time[..] else {
        return Err(Failure::new("usage.time", Exit::Usage, say!("usage-time", value = args.at.clone()))
            .hint(say!("usage-time-hint"))
            .into());
    };
    let repository = absolute(&args.repository.folder(ctx)?)?;
    let password = args.repository.password_file.clone().or_else(|| ctx.config.path("backup.password_file"));
    let password = absolute(&password.unwrap_or_else(|| PathBuf::from("/etc/swj/backup.password")))?;
    let url = ctx.url()?;
    let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("/usr/local/bin/swj"));
    // The attachments and the limits stand in the configuration this was made with.
    let config = match &ctx.globals.config {
        Some(path) => format!(" --config {}", word(&absolute(path)?)),
        None => String::new(),
    };
    let swj = format!("{} -d '{}'{config}", word(&program), shown(&url));
    let backup = |verb: &str| format!("{swj} backup {verb} --repository {}", word(&repository));
    let doctor = format!("{swj} doctor --repository {}", word(&repository));
    let mut units: Vec<(&str, String)> = Vec::new();
    if args.cron {
        let password = format!("--password-file {}", word(&password));
        units.push((
            "crontab",
            format!(
                "{minute} {hour} * * * {} {password} && {} {password}\n{minute} {hour} 1 * * {} {password}\n30 7 * * * {doctor} {password}\n",
                backup("run"),
                backup("verify"),
                backup("drill")
            )
            // To cron it ends the line.
            .replace('%', "\\%"),
        ));
    } else {
        let writes = match &url {
            Url::Sqlite(path) => absolute(path)?.parent().map(|folder| format!(" {}", word(folder))).unwrap_or_default(),
            Url::Postgres(_) => String::new(),
        };
        let service = |what: &str, commands: &[String]| {
            // A percent sign is systemd's own, as in host=%2Frun of a URL.
            let starts: String = commands.iter().map(|command| format!("ExecStart={}\n", command.replace('%', "%%"))).collect();
            format!(
                "[Unit]\nDescription={what}\nDocumentation=man:swj-backup(8)\nOnFailure=swj-failed@%n.service\n\n[Service]\nType=oneshot\nNotifyAccess=main\nUser={}\n\
                 {}LoadCredential=swj.backup:{}\nNice=10\nIOSchedulingClass=idle\nTimeoutStartSec=6h\n\
                 NoNewPrivileges=yes\nPrivateTmp=yes\nPrivateDevices=yes\nProtectSystem=strict\nProtectHome=read-only\n\
                 ProtectKernelTunables=yes\nProtectKernelModules=yes\nProtectControlGroups=yes\nRestrictSUIDSGID=yes\nLockPersonality=yes\n\
                 RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6\nCapabilityBoundingSet=\nUMask=0077\nReadWritePaths={}{writes}\n",
                args.user,
                starts,
                password.display(),
                word(&repository),
            )
        };
        let timer = |what: &str, when: &str| {
            format!(
                "[Unit]\nDescription={what}\n\n[Timer]\nOnCalendar={when}\nPersistent=true\nRandomizedDelaySec=10min\n\n[Install]\nWantedBy=timers.target\n"
            )
        };
        let clock = format!("{hour:02}:{minute:02}:00");
        let failed = "[Unit]\nDescription=Tell everybody that %i failed\n\n[Service]\nType=oneshot\n\
             ExecStart=/bin/sh -c 'echo \"%i failed on $(hostname); see journalctl -u %i\" | wall'\n";
        units.extend([
            ("swj-backup.service", service("Nightly backup of the OA database, verified", &[backup("run"), backup("verify")])),
            ("swj-backup.timer", timer("Nightly backup of the OA database", &format!("*-*-* {clock}"))),
            ("swj-drill.service", service("Monthly rehearsal of a restore", &[backup("drill")])),
            ("swj-drill.timer", timer("Monthly rehearsal of a restore", &format!("*-*-01 {clock}"))),
            ("swj-doctor.service", service("Morning check of the OA database", &[doctor])),
            ("swj-doctor.timer", timer("Morning check of the OA database", "*-*-* 07:30:00")),
            ("swj-failed@.service", failed.to_owned()),
        ]);
    }
    let mut report = report("backup.schedule", vec![left("file"), left("text")]);
    for (name, text) in &units {
        report.push(vec![(*name).into(), text.clone().into()]);
    }
    let Some(folder) = &args.install else {
        if ctx.globals.format.is_none() && ctx.globals.output.is_none() {
            let text = units.iter().map(|(name, text)| format!("# {name}\n{text}\n")).collect::<String>();
            std::io::Write::write_all(&mut std::io::stdout().lock(), text.as_bytes())?;
            return Ok(Outcome::Done);
        }
        ctx.show(report)?;
        return Ok(Outcome::Done);
    };
    if !ctx.globals.dry_run {
        for (name, text) in &units {
            write_file(&folder.join(name), |out| out.write_all(text.as_bytes()))?;
        }
        ctx.remark(&say!("backup-scheduled", folder = folder.display().to_string()));
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}

/// A path as one word, for systemd and the shell alike.
fn word(path: &Path) -> String {
    let text = path.display().to_string();
    if text.contains(char::is_whitespace) { format!("\"{text}\"") } else { text }
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|error| crate::failure::of_file(path, &error).into())
}

/// A password in the URL does not belong into a unit that everybody reads.
fn shown(url: &Url) -> String {
    match url {
        Url::Sqlite(path) => absolute(path).unwrap_or_else(|_| path.clone()).display().to_string(),
        Url::Postgres(_) => named_openly(url),
    }
}
