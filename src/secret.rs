//! Passwords and keys in files: made, written and read so that nobody else ever sees them.

use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use anyhow::Result;

use crate::failure::{Exit, Failure, of_file};
use crate::say;

/// Twenty letters and digits without look-alikes: about 115 bits.
///
/// # Errors
/// The system has no randomness to give.
pub fn random() -> Result<String> {
    const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let mut bytes = [0_u8; 64];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("{error}"))?;
    // Bytes beyond the last whole multiple are dropped so that every letter is as likely.
    let bound = u8::MAX - u8::MAX % LETTERS.len() as u8;
    Ok(bytes.iter().filter(|byte| **byte < bound).take(20).map(|byte| LETTERS[*byte as usize % LETTERS.len()] as char).collect())
}

/// Writes a new file that nobody but its owner can read at any moment; one that is there is not touched.
///
/// # Errors
/// The disk; the file is there already.
pub fn write(path: &Path, write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Result<()> {
    let attempt = || -> std::io::Result<()> {
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        write(&mut file)?;
        file.sync_all()
    };
    attempt().map_err(|error| of_file(path, &error).into())
}

/// The bits of a mode that show a secret to others. systemd hands credentials to a unit's user by group and access list
/// (0440), in a folder that nobody else enters.
pub fn exposing(path: &Path) -> u32 {
    let credentials = std::env::var_os("CREDENTIALS_DIRECTORY").filter(|folder| !folder.is_empty());
    if credentials.is_some_and(|folder| path.parent() == Some(Path::new(&folder))) { 0o037 } else { 0o077 }
}

/// Reads a secret from a file nobody else may read; one line feed at the end is dropped.
///
/// # Errors
/// The file is missing, or readable by group or others (exit 2).
pub fn read(path: &Path) -> Result<String> {
    let text = std::fs::read_to_string(path).map_err(|error| of_file(path, &error))?;
    let mode = std::fs::metadata(path).map_err(|error| of_file(path, &error))?.permissions().mode();
    if mode & exposing(path) != 0 {
        let path = path.display().to_string();
        return Err(Failure::new("password.exposed", Exit::Usage, say!("password-exposed", path = path.clone()))
            .hint(say!("password-exposed-hint", path = path))
            .into());
    }
    let secret = text.strip_suffix('\n').unwrap_or(&text);
    let secret = secret.strip_suffix('\r').unwrap_or(secret);
    if secret.is_empty() {
        return Err(Failure::new("password.empty", Exit::Usage, say!("password-empty", path = path.display().to_string())).into());
    }
    Ok(secret.to_owned())
}
