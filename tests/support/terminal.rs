//! The program on a terminal.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use super::{NOW, Office, wait_for};

/// Runs a line under a pseudo-terminal of 24 by 80 and types what `keys` gives whenever the prompt shows.
pub fn typed(office: &Office, line: &str, prompt: &str, mut keys: impl FnMut() -> Option<String>) -> (i32, String) {
    let swj = env!("CARGO_BIN_EXE_swj");
    let mut shell = Command::new("script");
    shell
        .args(["-qefc", &format!("stty rows 24 cols 80; exec {swj} {line}"), "/dev/null"])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", office.path("."))
        .env("TMPDIR", office.temporary.path())
        .env("TERM", "xterm")
        .env("LC_ALL", "C.UTF-8")
        .env("SHELL", "/bin/sh")
        .env("SWJ_DATABASE", office.url())
        .env("SWJ_TEST_NOW", NOW)
        .current_dir(office.path("."))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = shell.spawn().unwrap();
    let (mut keyboard, mut screen) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut seen = Vec::new();
    let mut byte = [0];
    let mut looked = 0;
    while screen.read(&mut byte).unwrap_or(0) > 0 {
        seen.push(byte[0]);
        if String::from_utf8_lossy(&seen[looked..]).contains(prompt) {
            looked = seen.len();
            if let Some(key) = keys() {
                wait_for("whoever reads the keys", || listens(child.id()).then_some(()));
                // Who ended meanwhile reads no more.
                let _ = keyboard.write_all(key.as_bytes()).and_then(|()| keyboard.flush());
            }
        }
    }
    (child.wait().unwrap().code().unwrap_or(-1), String::from_utf8_lossy(&seen).into_owned())
}

/// Whether the program under `script` has nothing to do but wait for a key, with the terminal as it wants it; or is gone.
fn listens(script: u32) -> bool {
    let read = |of: String| std::fs::read_to_string(of).unwrap_or_default();
    let child = read(format!("/proc/{script}/task/{script}/children"));
    let stat = read(format!("/proc/{}/stat", child.trim()));
    stat.rsplit_once(')').is_none_or(|(_, behind)| behind.trim_start().starts_with(['S', 'Z']))
}
