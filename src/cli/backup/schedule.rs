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
/// Every Sunday night every byte is read, of the copy off site too. With the paths of this configuration, the password as a systemd credential, and a notice when
/// a run fails. Without systemd the same as lines of a crontab (--cron). With rules of what to keep
/// a weekly pruning too, with --copy-to a nightly copy off site.
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
    /// Also prune every Sunday, and keep one of each of the last N days
    #[arg(long, value_name = "N")]
    keep_daily: Option<u32>,
    /// Also prune, and keep one of each of the last N weeks
    #[arg(long, value_name = "N")]
    keep_weekly: Option<u32>,
    /// Also prune, and keep one of each of the last N months
    #[arg(long, value_name = "N")]
    keep_monthly: Option<u32>,
    /// Also prune, and keep one of each of the last N years
    #[arg(long, value_name = "N")]
    keep_yearly: Option<u32>,
    /// Also copy every night to this other repository (folder)
    #[arg(long, value_name = "FOLDER", requires = "copy_password_file")]
    copy_to: Option<PathBuf>,
    /// File with the other repository's password
    #[arg(long, value_name = "FILE", requires = "copy_to")]
    copy_password_file: Option<PathBuf>,
}

impl Args {
    /// The rules a pruning keeps by; none where none is wanted.
    fn rules(&self) -> Option<String> {
        let rules =
            [("daily", self.keep_daily), ("weekly", self.keep_weekly), ("monthly", self.keep_monthly), ("yearly", self.keep_yearly)];
        let said: Vec<String> = rules.iter().filter_map(|(of, n)| Some(format!("--keep-{of} {}", (*n)?))).collect();
        (!said.is_empty()).then(|| said.join(" "))
    }
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let Some((hour, minute)) = time_of_day(&args.at) else {
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
    let rules = args.rules();
    if rules.is_some() && [args.keep_daily, args.keep_weekly, args.keep_monthly, args.keep_yearly].into_iter().flatten().all(|n| n == 0) {
        return Err(Failure::new("usage.keep", Exit::Usage, say!("backup-keep-nothing")).hint(say!("backup-keep-nothing-hint")).into());
    }
    let copy = match (&args.copy_to, &args.copy_password_file) {
        (Some(to), Some(password)) => Some((absolute(to)?, absolute(password)?)),
        _ => None,
    };
    let doctor = format!("{swj} doctor --repository {}", word(&repository));
    let mut units: Vec<(&str, String)> = Vec::new();
    if args.cron {
        let password = format!("--password-file {}", word(&password));
        let away = copy.as_ref().map_or_else(String::new, |(to, file)| {
            format!(" && {} {password} --to {} --to-password-file {}", backup("copy"), word(to), word(file))
        });
        let (reading, reading_away) = ((hour + 2) % 24, (hour + 4) % 24);
        // Files that vanish while they are read end a run with 3: what it saved is verified and copied all the same.
        let mut lines = format!(
            "{minute} {hour} * * * {{ {} {password} || [ $? -eq 3 ]; }} && {} {password}{away}\n{minute} {reading} * * 0 {} --all {password}\n\
             {minute} {hour} 1 * * {} {password}\n30 7 * * * {doctor} {password}\n",
            backup("run"),
            backup("verify"),
            backup("verify"),
            backup("drill")
        );
        if let Some((to, file)) = &copy {
            let command = format!("{} {password} --to {} --to-password-file {} --all", backup("copy"), word(to), word(file));
            lines.push_str(&format!("{minute} {reading_away} * * 0 {command}\n"));
        }
        if let Some(rules) = &rules {
            lines.push_str(&format!("0 12 * * 0 {} {rules} --yes {password}\n", backup("prune")));
        }
        // To cron it ends the line.
        units.push(("crontab", lines.replace('%', "\\%")));
    } else {
        let writes = match &url {
            Url::Sqlite(path) => absolute(path)?.parent().map(|folder| format!(" {}", word(folder))).unwrap_or_default(),
            Url::Postgres(_) => String::new(),
        };
        let service_of = |what: &str, commands: &[String], more: &str, folder: Option<&Path>| {
            // A percent sign is systemd's own, as in host=%2Frun of a URL; what comes after is for systemd.
            let starts: String = commands.iter().map(|command| format!("ExecStart={}{more}\n", command.replace('%', "%%"))).collect();
            let elsewhere = folder.map(|folder| format!(" {}", word(folder))).unwrap_or_default();
            let credential = copy.as_ref().filter(|_| folder.is_some());
            let credential = credential.map(|(_, file)| format!("LoadCredential=swj.copy:{}\n", file.display())).unwrap_or_default();
            format!(
                "[Unit]\nDescription={what}\nDocumentation=man:swj-backup(8)\nOnFailure=swj-failed@%n.service\n\n[Service]\nType=oneshot\nNotifyAccess=main\nUser={}\n\
                 {}LoadCredential=swj.backup:{}\n{credential}Nice=10\nIOSchedulingClass=idle\nTimeoutStartSec=6h\n\
                 NoNewPrivileges=yes\nPrivateTmp=yes\nPrivateDevices=yes\nProtectSystem=strict\nProtectHome=read-only\n\
                 ProtectKernelTunables=yes\nProtectKernelModules=yes\nProtectControlGroups=yes\nRestrictSUIDSGID=yes\nLockPersonality=yes\n\
                 RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6\nCapabilityBoundingSet=\nUMask=0077\nReadWritePaths={}{writes}{elsewhere}\n",
                args.user,
                starts,
                password.display(),
                word(&repository),
            )
        };
        let service = |what: &str, commands: &[String]| service_of(what, commands, "", None);
        let timer = |what: &str, when: &str| {
            format!(
                "[Unit]\nDescription={what}\n\n[Timer]\nOnCalendar={when}\nPersistent=true\nRandomizedDelaySec=10min\n\n[Install]\nWantedBy=timers.target\n"
            )
        };
        let clock = format!("{hour:02}:{minute:02}:00");
        let weekly = |later: u8| format!("Sun *-*-* {:02}:{minute:02}:00", (hour + later) % 24);
        // Files that vanish while they are read end a run with 3: what it saved is verified all the same.
        let nightly = service("Nightly backup of the OA database, verified", &[backup("run"), backup("verify")]);
        let nightly = nightly.replacen("Type=oneshot\n", "Type=oneshot\nSuccessExitStatus=3\n", 1);
        let failed = "[Unit]\nDescription=Tell everybody that %i failed\n\n[Service]\nType=oneshot\n\
             ExecStart=/bin/sh -c 'echo \"%i failed on $(hostname); see journalctl -u %i\" | wall'\n";
        units.extend([
            ("swj-backup.service", nightly),
            ("swj-backup.timer", timer("Nightly backup of the OA database", &format!("*-*-* {clock}"))),
            ("swj-verify.service", service("Weekly reading of every byte of the backups", &[format!("{} --all", backup("verify"))])),
            ("swj-verify.timer", timer("Weekly reading of every byte of the backups", &weekly(2))),
            ("swj-drill.service", service("Monthly rehearsal of a restore", &[backup("drill")])),
            ("swj-drill.timer", timer("Monthly rehearsal of a restore", &format!("*-*-01 {clock}"))),
            ("swj-doctor.service", service("Morning check of the OA database", &[doctor])),
            ("swj-doctor.timer", timer("Morning check of the OA database", "*-*-* 07:30:00")),
            ("swj-failed@.service", failed.to_owned()),
        ]);
        if let Some((to, _)) = &copy {
            // After the night's run: it waits for none, and takes what it finds.
            let command = format!("{} --to {}", backup("copy"), word(to));
            let all = [format!("{command} --all")];
            let service = service_of("Copy of the backups, off site", &[command], " --to-password-file %d/swj.copy", Some(to));
            let reading = service_of("Weekly reading of every byte off site", &all, " --to-password-file %d/swj.copy", Some(to));
            units.push(("swj-verify-copy.service", reading));
            units.push(("swj-verify-copy.timer", timer("Weekly reading of every byte off site", &weekly(4))));
            units.push(("swj-copy.service", service.replacen("[Unit]\n", "[Unit]\nAfter=swj-backup.service\n", 1)));
            let (hour, minute) = ((hour + 1) % 24, minute);
            units.push(("swj-copy.timer", timer("Copy of the backups, off site", &format!("*-*-* {hour:02}:{minute:02}:00"))));
        }
        if let Some(rules) = &rules {
            units.push(("swj-prune.service", service("Weekly pruning of old backups", &[format!("{} {rules} --yes", backup("prune"))])));
            units.push(("swj-prune.timer", timer("Weekly pruning of old backups", "Sun *-*-* 12:00:00")));
        }
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
        let timers: Vec<&str> = units.iter().map(|(name, _)| *name).filter(|name| name.ends_with(".timer")).collect();
        ctx.remark(&say!("backup-scheduled", folder = folder.display().to_string(), timers = timers.join(" ")));
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}

/// `02:30`, and nothing else.
fn time_of_day(text: &str) -> Option<(u8, u8)> {
    let part = |text: &str| text.parse::<u8>().ok().filter(|_| text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit()));
    let (hour, minute) = text.split_once(':')?;
    Some((part(hour).filter(|hour| *hour < 24)?, part(minute).filter(|minute| *minute < 60)?))
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
