//! What is written for readers keeps telling the truth.

use std::process::Command;

use crate::support::{Engine, Office, root};

/// Runs every `$` line of the ```console blocks of a document, in order, in an empty office.
fn run_document(name: &str) {
    let text = std::fs::read_to_string(root().join(name)).unwrap();
    let office = Office::new(Engine::Sqlite);
    let bin = std::path::Path::new(env!("CARGO_BIN_EXE_swj")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let mut inside = false;
    let mut lines = text.lines().peekable();
    let mut ran = 0;
    while let Some(line) = lines.next() {
        if line.starts_with("```") {
            inside = line == "```console";
            continue;
        }
        let Some(command) = line.strip_prefix("$ ").filter(|_| inside) else { continue };
        let expected = lines.peek().and_then(|next| next.strip_prefix("# exit ")).map_or(0, |code| code.trim().parse().unwrap());
        let out = Command::new("sh")
            .args(["-c", command])
            .env_clear()
            .env("PATH", &path)
            .env("HOME", office.path("."))
            .env("LC_ALL", if name.contains("zh") { "zh_CN.UTF-8" } else { "C.UTF-8" })
            .env("SWJ_DATABASE", "oa.db")
            .env("SWJ_TEST_NOW", crate::support::NOW)
            .current_dir(office.path("."))
            .output()
            .unwrap();
        assert_eq!(out.status.code(), Some(expected), "{name}: {command}\n{}", String::from_utf8_lossy(&out.stderr));
        ran += 1;
    }
    assert!(ran > 5, "{name} has commands to run");
}

#[test]
fn the_commands_of_the_readme_run() {
    run_document("README.md");
}

#[test]
fn the_commands_of_the_chinese_readme_run() {
    run_document("README.zh-CN.md");
}

#[test]
fn the_manual_pages_are_current() {
    let office = Office::new(Engine::Sqlite);
    office.run("man pages").ends(0);
    let mut seen = 0;
    for folder in ["", "zh_CN/"] {
        for entry in std::fs::read_dir(office.path(&format!("pages/{folder}"))).unwrap().flatten().filter(|entry| entry.path().is_file()) {
            let name = format!("{folder}{}", entry.file_name().to_string_lossy());
            let kept = std::fs::read_to_string(root().join("man").join(&name)).unwrap_or_default();
            assert_eq!(kept, std::fs::read_to_string(entry.path()).unwrap(), "man/{name} is stale: scripts/man.sh");
            seen += 1;
        }
    }
    assert!(seen > 80);
}

#[test]
fn completions_are_valid_scripts() {
    let office = Office::new(Engine::Sqlite);
    for shell in ["bash", "zsh", "fish"] {
        let script = office.run(&format!("completions {shell}")).ends(0).stdout;
        assert!(script.contains("swj") && script.len() > 1_000, "{shell}");
        if shell == "bash" {
            office.write("script", &script);
            let out = Command::new("bash").args(["-n", office.path("script").to_str().unwrap()]).output().unwrap();
            assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        }
    }
}

#[test]
fn the_quickstart_does_the_whole_job() {
    let office = Office::new(Engine::Sqlite);
    let out = Command::new("bash")
        .arg(root().join("scripts/quickstart.sh"))
        .arg(office.path("job"))
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", office.path("."))
        .env("LC_ALL", "C.UTF-8")
        .env("SWJ_BIN", env!("CARGO_BIN_EXE_swj"))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&out.stdout);
    assert!(out.status.success(), "{text}\n{}", String::from_utf8_lossy(&out.stderr));
    for step in [
        "init",
        "unit import",
        "user import",
        "license import",
        "disclosure import",
        "stats month",
        "backup run",
        "backup verify",
        "backup restore",
        "audit run",
    ] {
        assert!(text.lines().any(|line| line.starts_with("$ swj ") && line.contains(step)), "{step} was not printed");
    }
}

#[test]
fn every_configuration_key_stands_in_its_manual_page() {
    let page = std::fs::read_to_string(root().join("man/swj.toml.5")).unwrap();
    for key in swj::config::KEYS {
        let line = format!(".BR {} \" ({})\"", key.name, key.variable);
        assert!(page.contains(&line), "{line}");
        assert!(key.built_in.is_empty() || page.contains(&format!("{}.", key.built_in)), "{}: {}", key.name, key.built_in);
    }
}
