//! `swj audit`: are the data right?

mod diff;
mod explain;
mod findings;
mod fix;
mod foreign;
mod rules;
mod run;
mod standing;
mod unwaive;
mod waive;
mod waivers;

use std::path::Path;

use anyhow::Result;

use crate::audit::{Rule, built_in, site};
use crate::context::{Context, Outcome};
use crate::failure::{Exit, Failure};
use crate::say;

/// Check the data against the rules
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    Run(run::Args),
    Diff(diff::Args),
    Findings(findings::Args),
    Waive(waive::Args),
    Waivers(waivers::Args),
    Unwaive(unwaive::Args),
    Fix(fix::Args),
    Rules(rules::Args),
    Explain(explain::Args),
}

impl Command {
    pub(crate) fn run(&self, ctx: &mut Context) -> Result<Outcome> {
        match self {
            Self::Run(args) => run::run(ctx, args),
            Self::Diff(args) => diff::run(ctx, args),
            Self::Findings(args) => findings::run(ctx, args),
            Self::Waive(args) => waive::run(ctx, args),
            Self::Waivers(args) => waivers::run(ctx, args),
            Self::Unwaive(args) => unwaive::run(ctx, args),
            Self::Fix(args) => fix::run(ctx, args),
            Self::Rules(args) => rules::run(ctx, args),
            Self::Explain(args) => explain::run(ctx, args),
        }
    }
}

/// The compiled-in rules and the site's own, by id; an id twice is refused.
fn all(ctx: &Context) -> Result<Vec<Rule>> {
    let refuse = |error: crate::audit::RuleError| {
        let failure =
            Failure::new("audit.rule-file", Exit::Usage, say!("audit-rule-file", fault = error.fault)).in_file(Path::new(&error.file));
        error.line.map_or(failure.clone(), |line| failure.at_line(line))
    };
    let mut rules = built_in().map_err(refuse)?;
    if let Some(folder) = ctx.config.path("audit.rules_folder") {
        rules.extend(site(&folder, ctx.config.is_set("audit.rules_folder")).map_err(refuse)?);
    }
    rules.sort_by(|a, b| a.id.cmp(&b.id));
    if let Some(twice) = rules.windows(2).find(|pair| pair[0].id == pair[1].id) {
        return Err(Failure::new("audit.rule-twice", Exit::Usage, say!("audit-rule-twice", id = twice[0].id.clone())).into());
    }
    Ok(rules)
}

/// The severities of what all rules find in a database.
pub(crate) fn findings(ctx: &Context, db: &mut crate::db::Db) -> Result<Vec<crate::audit::Severity>> {
    run::severities(ctx, db)
}

/// What the rules of one area find.
pub(crate) fn of_area(ctx: &mut Context, area: &str) -> Result<crate::audit::Results> {
    let mut rules = all(ctx)?;
    rules.retain(|rule| rule.area() == area);
    let parameters = run::parameters(ctx)?;
    run::run_all(ctx.db()?, rules, &parameters, |_| None, || {})
}

/// No such rule: says where to look.
fn unknown(id: &str) -> anyhow::Error {
    Failure::new("audit.rule-unknown", Exit::NotFound, say!("audit-rule-unknown", id = id)).hint(say!("audit-rule-unknown-hint")).into()
}

/// A choice that leaves no rule: nothing checked must not read as nothing found.
fn none_chosen() -> anyhow::Error {
    Failure::new("audit.no-rule", Exit::NotFound, say!("audit-no-rule")).hint(say!("audit-rule-unknown-hint")).into()
}

/// Refuses areas no rule is of, and says which there are.
fn known_areas(rules: &[Rule], areas: &[String]) -> Result<()> {
    let known: std::collections::BTreeSet<&str> = rules.iter().map(Rule::area).collect();
    match areas.iter().find(|area| !known.iter().any(|known| known.eq_ignore_ascii_case(area))) {
        None => Ok(()),
        Some(area) => Err(Failure::new("audit.area-unknown", Exit::Usage, say!("audit-area-unknown", area = area.clone()))
            .hint(say!("audit-area-unknown-hint", known = known.into_iter().collect::<Vec<_>>().join(", ")))
            .into()),
    }
}

/// Whether a rule is of one of these areas; none named are all of them.
fn is_of(rule: &Rule, areas: &[String]) -> bool {
    areas.is_empty() || areas.iter().any(|area| rule.area().eq_ignore_ascii_case(area))
}

/// What is written is judged by the day it is: `--as-of` is for looking.
///
/// # Errors
/// Exit 2.
fn by_the_real_day(ctx: &Context) -> Result<()> {
    if ctx.clock.today() == ctx.clock.now().day() {
        return Ok(());
    }
    Err(Failure::new("audit.as-of", Exit::Usage, say!("audit-as-of")).hint(say!("audit-as-of-hint")).into())
}

/// There are two levels a bureau's office system can be of.
fn bad_level(level: &str) -> anyhow::Error {
    Failure::new("audit.level", Exit::Usage, say!("audit-bad-level", value = level)).into()
}

/// Why it matters, in the person's language.
fn why(rule: &Rule) -> String {
    match crate::locale::spoken() {
        crate::locale::Language::Chinese => rule.why_zh.clone(),
        crate::locale::Language::English => rule.why_en.clone(),
    }
}

/// How to mend it, in the person's language.
pub(crate) fn remedy(rule: &Rule) -> String {
    match crate::locale::spoken() {
        crate::locale::Language::Chinese => rule.remedy_zh.clone(),
        crate::locale::Language::English => rule.remedy_en.clone(),
    }
}

/// A rule's title in the person's language.
pub(crate) fn title(rule: &Rule) -> String {
    match crate::locale::spoken() {
        crate::locale::Language::Chinese => rule.title_zh.clone(),
        crate::locale::Language::English => rule.title_en.clone(),
    }
}
