use std::io::Write;

use anyhow::Result;

use super::sheet::{all, named};
use crate::cli::columns::{left, report, right};
use crate::context::{Context, Outcome};

/// The forms of statistics there are, or one as a file to copy
///
/// A form is a TOML file: columns, and rows with code, label, unit and what each is counted
/// from. Put your own into the folder `disclosure.forms_folder`, or name the file with
/// --form. `swj stats forms monthly > own.toml` is a start; swj-forms(5) has the words.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print this form's file instead of the list: its code, or a file
    #[arg(value_name = "CODE|FILE")]
    form: Option<String>,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    if let Some(name) = &args.form {
        let sheet = named(ctx, name)?;
        let mut report =
            report("stats.forms", vec![left("code"), right("no"), left("indicator"), left("measure"), left("counted"), left("sum_of")]);
        for (at, row) in sheet.rows.iter().enumerate() {
            let words = |(fact, class): &(String, String)| if class.is_empty() { fact.clone() } else { format!("{fact}.{class}") };
            let counted = row.count.as_ref().map(|terms| terms.iter().map(words).collect::<Vec<_>>().join(" + "));
            report.push(vec![
                row.code.clone().into(),
                (at + 1).into(),
                row.label.clone().into(),
                row.unit.clone().into(),
                counted.into(),
                row.parts.join(" + ").into(),
            ]);
        }
        if ctx.globals.format.is_none() && ctx.globals.output.is_none() {
            let mut out = std::io::stdout().lock();
            out.write_all(sheet.text.as_bytes())?;
            out.flush()?;
            return Ok(Outcome::Done);
        }
        ctx.show(report)?;
        return Ok(Outcome::Done);
    }
    let mut report = report("stats.forms", vec![left("code"), left("title"), left("cycle"), left("from"), left("until"), right("rows")]);
    for sheet in all(ctx)? {
        report.push(vec![
            sheet.code.clone().into(),
            sheet.title.replace("{cycle}", "报表").into(),
            sheet.cycle.word().into(),
            sheet.from.map(|day| day.to_string()).into(),
            sheet.until.map(|day| day.to_string()).into(),
            sheet.rows.len().into(),
        ]);
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}
