use anyhow::Result;
use std::io::Write;

use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome, write_file};

/// Print the completion script of a shell
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Shell
    #[arg(value_enum)]
    shell: clap_complete::Shell,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::tree(), "swj", &mut script);
    if ctx.format().is_machine() {
        let mut report = report("completions", vec![left("shell"), left("script")]);
        report.push(vec![args.shell.to_string().into(), String::from_utf8(script)?.into()]);
        ctx.show(report)?;
        return Ok(Outcome::Done);
    }
    if let Some(path) = ctx.globals.output.as_ref().filter(|path| path.as_os_str() != "-") {
        write_file(path, |out| out.write_all(&script))?;
        return Ok(Outcome::Done);
    }
    let mut out = std::io::stdout().lock();
    out.write_all(&script)?;
    out.flush()?;
    Ok(Outcome::Done)
}
