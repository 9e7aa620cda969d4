//! `swj check`: numbers that prove themselves.

use anyhow::Result;

use crate::cli::columns::{left, report};
use crate::context::{Context, Outcome};
use crate::identifiers::{Verdict, check_division, check_org, check_resident, check_uscc, mask_resident};

/// Check identifying numbers
///
/// Ends with 3 when one is not valid as written.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    Uscc(Uscc),
    Org(Org),
    Id(Id),
    Division(Division),
}

/// Check unified social credit codes (GB 32100-2015)
#[derive(Debug, clap::Args)]
pub(crate) struct Uscc {
    #[command(flatten)]
    values: Values,
}

/// Check organisation codes (GB 11714-1997)
#[derive(Debug, clap::Args)]
pub(crate) struct Org {
    #[command(flatten)]
    values: Values,
}

/// Check resident numbers (GB 11643-1999); they are masked in the answer
#[derive(Debug, clap::Args)]
pub(crate) struct Id {
    #[command(flatten)]
    values: Values,
}

/// Check division codes (GB/T 2260, Tianjin), as of today or --as-of
#[derive(Debug, clap::Args)]
pub(crate) struct Division {
    #[command(flatten)]
    values: Values,
}

#[derive(Debug, clap::Args)]
struct Values {
    /// Values to check; `-` reads them from stdin, one a line
    #[arg(required = true)]
    values: Vec<String>,
}

impl Values {
    fn all(&self) -> Result<Vec<String>> {
        if self.values == ["-"] {
            return Ok(std::io::stdin()
                .lines()
                .collect::<Result<Vec<_>, _>>()?
                .into_iter()
                .filter(|line| !line.trim().is_empty())
                .collect());
        }
        Ok(self.values.clone())
    }
}

impl Command {
    pub(crate) fn run(&self, ctx: &mut Context) -> Result<Outcome> {
        let today = ctx.clock.today();
        match self {
            Self::Uscc(args) => judge(ctx, "check.uscc", &args.values, check_uscc, str::to_owned),
            Self::Org(args) => judge(ctx, "check.org", &args.values, check_org, str::to_owned),
            Self::Id(args) => judge(ctx, "check.id", &args.values, |value| check_resident(value, today), mask_resident),
            Self::Division(args) => judge(ctx, "check.division", &args.values, |value| check_division(value, today), str::to_owned),
        }
    }
}

fn judge(
    ctx: &Context,
    schema: &'static str,
    values: &Values,
    check: impl Fn(&str) -> Verdict,
    shown: impl Fn(&str) -> String,
) -> Result<Outcome> {
    let mut report = report(schema, vec![left("value"), left("valid"), left("normalised"), left("reason"), left("expected")]);
    let mut invalid = 0_u64;
    for value in values.all()? {
        let verdict = check(&value);
        invalid += u64::from(!verdict.valid());
        let expected = verdict.fault.as_ref().and_then(|fault| fault.expected());
        report.push(vec![
            shown(&value).into(),
            verdict.valid().into(),
            shown(&verdict.normalised).into(),
            verdict.fault.as_ref().map(|fault| fault.word()).into(),
            expected.into(),
        ]);
    }
    let report = report.with_summary("invalid", invalid);
    ctx.show(report)?;
    Ok(if invalid == 0 { Outcome::Done } else { Outcome::LookAtIt })
}
