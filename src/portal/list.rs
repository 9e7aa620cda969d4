//! A baseline in a file, as `sha256sum -c` reads it too; what that does not know stands in comments.

use std::io::{self, Write};

use sha2::{Digest, Sha256};

use super::{Item, Kind, escape, unescape};

const HEAD: &str = "# swj.portal.baseline/1";

/// SHA-256 over the lines of a list, which are in the order of their paths.
pub fn digest(items: &[Item]) -> String {
    let mut hash = Sha256::new();
    for item in items {
        hash.update(line(item));
    }
    crate::db::hex(&hash.finalize())
}

fn line(item: &Item) -> Vec<u8> {
    match &item.kind {
        Kind::File { sha256, .. } => {
            // The coreutils' way with names that would break the line.
            let odd = item.path.iter().any(|byte| matches!(byte, b'\\' | b'\n' | b'\r'));
            let mut line = Vec::with_capacity(item.path.len() + 68);
            if odd {
                line.push(b'\\');
            }
            line.extend(sha256.as_bytes());
            line.extend(b"  ");
            for byte in &item.path {
                match byte {
                    b'\\' => line.extend(b"\\\\"),
                    b'\n' => line.extend(b"\\n"),
                    b'\r' => line.extend(b"\\r"),
                    byte => line.push(*byte),
                }
            }
            line.push(b'\n');
            line
        }
        Kind::Link { target } => format!("# link {}\t{}\n", escape(&item.path), escape(target)).into_bytes(),
        Kind::Other => format!("# other {}\n", escape(&item.path)).into_bytes(),
    }
}

/// Writes a list, which is in the order of its paths, and what was left out of it.
///
/// # Errors
/// The disk.
pub fn write(items: &[Item], excluded: &[String], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{HEAD}")?;
    for glob in excluded {
        writeln!(out, "# exclude {}", escape(glob.as_bytes()))?;
    }
    for item in items {
        out.write_all(&line(item))?;
    }
    writeln!(out, "# digest {}", digest(items))
}

/// Reads a list back: the items, and what was left out.
///
/// # Errors
/// The number of the first line that is none of a list; one past the end where the digest is missing or another.
pub fn read(text: &[u8]) -> Result<(Vec<Item>, Vec<String>), u64> {
    let (mut items, mut excluded, mut proved) = (Vec::new(), Vec::new(), false);
    let mut last = 0;
    for (number, line) in (1..).zip(text.split_inclusive(|byte| *byte == b'\n')) {
        last = number;
        let line = line.strip_suffix(b"\n").ok_or(number)?;
        if number == 1 || proved {
            (number == 1 && line == HEAD.as_bytes()).then_some(()).ok_or(number)?;
            continue;
        }
        let Some(comment) = line.strip_prefix(b"# ") else {
            items.push(file(line).ok_or(number)?);
            continue;
        };
        let comment = std::str::from_utf8(comment).map_err(|_| number)?;
        let (word, rest) = comment.split_once(' ').ok_or(number)?;
        match word {
            "exclude" => excluded.push(unescape(rest).and_then(|glob| String::from_utf8(glob).ok()).ok_or(number)?),
            "link" => {
                let (path, target) = rest.split_once('\t').ok_or(number)?;
                let (path, target) = unescape(path).zip(unescape(target)).ok_or(number)?;
                items.push(Item { path, kind: Kind::Link { target } });
            }
            "other" => items.push(Item { path: unescape(rest).ok_or(number)?, kind: Kind::Other }),
            "digest" => proved = rest == digest(&items),
            _ => return Err(number),
        }
    }
    if proved { Ok((items, excluded)) } else { Err(last + 1) }
}

fn file(line: &[u8]) -> Option<Item> {
    let (odd, line) = line.strip_prefix(b"\\").map_or((false, line), |line| (true, line));
    let (hash, path) = line.split_at_checked(64)?;
    let path = path.strip_prefix(b"  ")?;
    let sha256 = std::str::from_utf8(hash).ok().filter(|hash| hash.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)))?;
    let mut name = Vec::with_capacity(path.len());
    let mut bytes = path.iter();
    while let Some(byte) = bytes.next() {
        name.push(match byte {
            b'\\' if odd => match bytes.next()? {
                b'n' => b'\n',
                b'r' => b'\r',
                b'\\' => b'\\',
                _ => return None,
            },
            byte => *byte,
        });
    }
    Some(Item { path: name, kind: Kind::File { bytes: 0, sha256: sha256.to_owned() } })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items() -> Vec<Item> {
        let file = |path: &[u8]| Item { path: path.to_vec(), kind: Kind::File { bytes: 0, sha256: "ab".repeat(32) } };
        vec![
            file(b"a\nb\\c.html"),
            Item { path: b"dev".to_vec(), kind: Kind::Other },
            file("公告.html".as_bytes()),
            Item { path: b"link\xff".to_vec(), kind: Kind::Link { target: b"../x y".to_vec() } },
        ]
    }

    #[test]
    fn a_list_comes_back_and_every_change_of_it_is_seen() {
        let mut bytes = Vec::new();
        write(&items(), &["cache/**".to_owned()], &mut bytes).unwrap();
        assert_eq!(read(&bytes), Ok((items(), vec!["cache/**".to_owned()])));
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert_eq!(read(&bytes[..bytes.len() - 1]), Err(7));
        assert_eq!(read(text.replace("# other dev\n", "").as_bytes()), Err(7));
        assert_eq!(read(text.replacen("abab", "abcd", 1).as_bytes()), Err(8));
        assert_eq!(read((text + "# other x\n").as_bytes()), Err(8));
        assert_eq!(read(b""), Err(1));
        assert_eq!(read(b"hello\n"), Err(1));
    }
}
