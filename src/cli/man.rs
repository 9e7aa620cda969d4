use std::path::{Path, PathBuf};

use anyhow::Result;

use super::columns::{left, report};
use crate::context::{Context, Outcome, write_file};

/// Write the man pages into a folder
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder; made if it is not there
    folder: PathBuf,
}

pub(crate) fn run(ctx: &mut Context, args: &Args) -> Result<Outcome> {
    let mut report = report("man", vec![left("file")]);
    for (name, text) in pages()? {
        let path = args.folder.join(&name);
        if !ctx.globals.dry_run {
            write(&path, &text)?;
        }
        report.push(vec![path.display().to_string().into()]);
    }
    ctx.show(report)?;
    Ok(Outcome::Done)
}

fn write(path: &Path, text: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| crate::failure::of_file(folder, &error))?;
    }
    write_file(path, |out| out.write_all(text))
}

/// Every page by file name: `swj.8`, `swj-user.8`, … in English, and the same under `zh_CN/`; and the
/// rules of the audit.
///
/// # Errors
/// None in practice: pages are rendered into memory.
pub fn pages() -> Result<Vec<(String, Vec<u8>)>> {
    let mut pages = Vec::new();
    render("", &super::tree(), &mut pages, |text| text)?;
    render("zh_CN/", &super::help::in_chinese(super::tree()), &mut pages, in_chinese)?;
    let rules = crate::audit::built_in().map_err(|error| anyhow::anyhow!("{}: {}", error.file, error.fault))?;
    for (folder, chinese) in [("", false), ("zh_CN/", true)] {
        pages.push((format!("{folder}swj-audit-rules.7"), super::man_rules::page(&rules, chinese).into_bytes()));
    }
    pages.sort();
    Ok(pages)
}

fn render(prefix: &str, tree: &clap::Command, pages: &mut Vec<(String, Vec<u8>)>, words: fn(String) -> String) -> Result<()> {
    let mut page = |command: &clap::Command, name: &str| -> Result<()> {
        let mut roff = Vec::new();
        let titled = command.clone().name(name.to_owned()).bin_name(name.replace('-', " "));
        clap_mangen::Man::new(titled).title(name.to_uppercase()).section("8").date("").source("swj").manual("swj").render(&mut roff)?;
        pages.push((format!("{prefix}{name}.8"), words(String::from_utf8(roff)?).into_bytes()));
        Ok(())
    };
    page(tree, "swj")?;
    for noun in tree.get_subcommands() {
        let name = format!("swj-{}", noun.get_name());
        page(noun, &name)?;
        for verb in noun.get_subcommands() {
            page(verb, &format!("{name}-{}", verb.get_name()))?;
        }
    }
    Ok(())
}

/// The headings clap_mangen writes in English only.
fn in_chinese(text: String) -> String {
    [
        (".SH NAME", ".SH 名称"),
        (".SH SYNOPSIS", ".SH 概述"),
        (".SH DESCRIPTION", ".SH 描述"),
        (".SH OPTIONS", ".SH 选项"),
        (".SH SUBCOMMANDS", ".SH 命令"),
        (".SH VERSION", ".SH 版本"),
    ]
    .iter()
    .fold(super::help::last_words_in_chinese(&text), |text, (from, to)| text.replace(from, to))
}
