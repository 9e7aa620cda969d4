//! The help in Chinese: a walk over the command tree.
//!
//! English help is the doc comments of the arguments; Chinese help is
//! `locale/help.zh-CN.toml`, keyed by command path and argument. A test holds the
//! keys equal to the tree, so no verb can be added in one language only.

use std::collections::BTreeMap;

use clap::{Arg, Command};

/// The Chinese texts; a table per command: `about`, `long` and one entry per argument id.
const CHINESE: &str = include_str!("../../locale/help.zh-CN.toml");

/// Every text, by `path` and `path.argument`.
pub fn texts() -> BTreeMap<String, String> {
    let table: toml::Table = CHINESE.parse().expect("a test parses this file");
    let mut texts = BTreeMap::new();
    for (path, entry) in &table {
        let Some(entry) = entry.as_table() else { continue };
        for (key, text) in entry {
            texts.insert(format!("{path}.{key}"), text.as_str().unwrap_or_default().to_owned());
        }
    }
    texts
}

/// The keys the tree asks for: what [`texts`] must have, no more and no less.
pub fn wanted(tree: &Command) -> Vec<String> {
    let mut keys = Vec::new();
    collect(tree, &path_of("", tree), true, &mut keys);
    keys
}

fn collect(command: &Command, path: &str, top: bool, keys: &mut Vec<String>) {
    keys.push(format!("{path}.about"));
    if command.get_long_about().is_some() {
        keys.push(format!("{path}.long"));
    }
    for arg in own_arguments(command, top) {
        keys.push(format!("{path}.{}", arg.get_id()));
    }
    for sub in command.get_subcommands() {
        collect(sub, &path_of(path, sub), false, keys);
    }
}

/// Global arguments are said once, at the top; `--help` and `--version` by us.
fn own_arguments(command: &Command, top: bool) -> impl Iterator<Item = &Arg> {
    command
        .get_arguments()
        .filter(move |arg| !matches!(arg.get_id().as_str(), "help" | "version") && (top || !arg.is_global_set()) && !arg.is_hide_set())
}

fn path_of(parent: &str, command: &Command) -> String {
    if parent.is_empty() { command.get_name().to_owned() } else { format!("{parent} {}", command.get_name()) }
}

/// The same tree speaking Chinese.
pub fn in_chinese(tree: Command) -> Command {
    let texts = texts();
    let path = path_of("", &tree);
    translate(tree, &path, &texts)
}

/// What clap writes in English whatever the tree says.
pub fn last_words_in_chinese(text: &str) -> String {
    [
        ("[OPTIONS]", "[选项]"),
        ("[aliases: ", "[别名："),
        ("[alias: ", "[别名："),
        ("\n命令:", "\n命令："),
        ("\n选项:", "\n选项："),
        ("\n参数:", "\n参数："),
        ("\n全局选项:", "\n全局选项："),
    ]
    .iter()
    .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

fn translate(command: Command, path: &str, texts: &BTreeMap<String, String>) -> Command {
    let text = |key: &str| texts.get(&format!("{path}.{key}")).cloned();
    let mut command = command
        .help_template("{before-help}{about-with-newline}\n用法：{usage}\n\n{all-args}{after-help}")
        .subcommand_help_heading("命令")
        .subcommand_value_name("命令");
    if let Some(about) = text("about") {
        command = command.about(about);
    }
    if let Some(long) = text("long") {
        command = command.long_about(textwrap::fill(&long, 78));
    }
    command = command.mut_args(|arg| {
        let id = arg.get_id().to_string();
        let global = arg.is_global_set();
        let heading = match (&*id, arg.is_positional()) {
            _ if global => "全局选项",
            (_, true) => "参数",
            _ => "选项",
        };
        let found = match id.as_str() {
            "help" => Some("显示帮助".to_owned()),
            "version" => Some("显示版本".to_owned()),
            _ if global => texts.get(&format!("swj.{id}")).cloned(),
            _ => texts.get(&format!("{path}.{id}")).cloned(),
        };
        let arg = arg.help_heading(heading).hide_default_value(true).hide_possible_values(true);
        match found {
            Some(found) => arg.help(found).long_help(None::<&str>),
            None => arg,
        }
    });
    command.mut_subcommands(|sub| {
        let path = path_of(path, &sub);
        translate(sub, &path, texts)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chinese_help_has_every_text_of_the_tree_and_no_other() {
        let texts = texts();
        let wanted = wanted(&crate::cli::tree());
        let missing: Vec<_> = wanted.iter().filter(|key| texts.get(*key).is_none_or(String::is_empty)).collect();
        let surplus: Vec<_> = texts.keys().filter(|key| !wanted.contains(key)).collect();
        assert!(missing.is_empty() && surplus.is_empty(), "missing {missing:#?}\nsurplus {surplus:#?}");
    }
}
