//! What was written down outside the operator's reach: notes, and lines of the duty sheet (值班表).

use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

use super::note::{Checkpoint, Note};
use super::tree::Hash;
use crate::db::hex;

/// What a duty line begins with.
const MARK: &str = "SWJ";

/// A size of the log and what its root must be, or begin with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    pub size: u64,
    /// Where it stands in its file.
    pub line: u64,
    pub proof: Proof,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    Note(Note),
    Duty(Duty),
    /// A root as the database itself remembers it.
    Root(Hash),
}

/// A line short enough to be typed: `SWJ 7c1e 1284 3f9a-c210-77be-04d1-5c`. It names the log by four digits, the
/// size, and the first sixteen digits of the root; the last two digits tell a slip of the pen from a broken log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duty {
    log: String,
    size: u64,
    root: String,
}

/// What is wrong with a file of anchors, and in which line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Neither a note nor a duty line.
    Unknown,
    /// A duty line whose last two digits do not fit the others.
    Slip,
}

impl Anchor {
    /// Whether this is the root it was made for.
    pub fn holds(&self, root: &Hash) -> bool {
        match &self.proof {
            Proof::Note(note) => note.checkpoint.root == *root,
            Proof::Duty(duty) => hex(root).starts_with(&duty.root),
            Proof::Root(known) => known == root,
        }
    }

    /// Whether it is about the log of this name.
    pub fn is_of(&self, origin: &str) -> bool {
        match &self.proof {
            Proof::Note(note) => note.checkpoint.origin == origin,
            Proof::Duty(duty) => duty.log == short(origin),
            Proof::Root(_) => true,
        }
    }
}

impl Duty {
    pub fn of(checkpoint: &Checkpoint) -> Self {
        Self { log: short(&checkpoint.origin), size: checkpoint.size, root: hex(&checkpoint.root)[..16].to_owned() }
    }

    fn check(&self) -> String {
        hex(&Sha256::digest(format!("{} {} {}", self.log, self.size, self.root)))[..2].to_owned()
    }

    /// Reads a line as a person typed it: capitals, full-width forms and blanks do not matter.
    fn read(line: &str) -> Option<Result<Self, Fault>> {
        let line: String = line.nfkc().map(|letter| if matches!(letter, '—' | '–' | '‐' | '−') { '-' } else { letter }).collect();
        let line = line.to_ascii_lowercase();
        let mut words = line.split_whitespace();
        if words.next()? != MARK.to_ascii_lowercase() {
            return None;
        }
        let (log, size) = (words.next()?.to_owned(), words.next()?.parse().ok()?);
        let digits: String = words.flat_map(str::chars).filter(|letter| *letter != '-').collect();
        let sound = digits.len() == 18 && log.len() == 4 && [&digits, &log].iter().all(|text| text.bytes().all(|b| b.is_ascii_hexdigit()));
        if !sound {
            return Some(Err(Fault::Slip));
        }
        let duty = Self { log, size, root: digits[..16].to_owned() };
        Some(if duty.check() == digits[16..] { Ok(duty) } else { Err(Fault::Slip) })
    }
}

impl std::fmt::Display for Duty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digits = format!("{}{}", self.root, self.check());
        let groups: Vec<&str> = (0..digits.len()).step_by(4).map(|at| &digits[at..digits.len().min(at + 4)]).collect();
        write!(f, "{MARK} {} {} {}", self.log, self.size, groups.join("-"))
    }
}

fn short(origin: &str) -> String {
    hex(&Sha256::digest(origin))[..4].to_owned()
}

/// Reads a file of anchors: notes and duty lines in any order, one after the other; empty lines and lines that begin
/// with `#` are passed over.
///
/// # Errors
/// The number of the first line that is neither, and why.
pub fn read(text: &str) -> Result<Vec<Anchor>, (u64, Fault)> {
    let lines: Vec<&str> = text.strip_prefix('\u{feff}').unwrap_or(text).lines().map(str::trim_end).collect();
    let (mut anchors, mut at) = (Vec::new(), 0);
    while at < lines.len() {
        let number = at as u64 + 1;
        if lines[at].is_empty() || lines[at].starts_with('#') {
            at += 1;
        } else if let Some(duty) = Duty::read(lines[at]) {
            let duty = duty.map_err(|fault| (number, fault))?;
            anchors.push(Anchor { size: duty.size, line: number, proof: Proof::Duty(duty) });
            at += 1;
        } else {
            // The text to the first empty line, then every signature line.
            let gap = lines[at..].iter().position(|line| line.is_empty()).map(|gap| at + gap).ok_or((number, Fault::Unknown))?;
            let end = lines[gap + 1..].iter().position(|line| !line.starts_with('—')).map_or(lines.len(), |end| gap + 1 + end);
            let note = Note::read(&(lines[at..end].join("\n") + "\n")).ok_or((number, Fault::Unknown))?;
            anchors.push(Anchor { size: note.checkpoint.size, line: number, proof: Proof::Note(note) });
            at = end;
        }
    }
    Ok(anchors)
}

#[cfg(test)]
mod tests {
    use super::super::note::Key;
    use super::*;

    fn checkpoint(size: u64) -> Checkpoint {
        Checkpoint { origin: "swj/test".into(), size, root: [0xab; 32] }
    }

    #[test]
    fn notes_and_duty_lines_stand_together_in_one_file() {
        let key = Key::new("swj/test", [1; 32]).unwrap();
        let duty = Duty::of(&checkpoint(7)).to_string();
        let text = format!("# 值班表\n{}\n{}\n{duty}\n\n{}", key.sign(&checkpoint(5)), key.sign(&checkpoint(6)), key.sign(&checkpoint(8)));
        let anchors = read(&text).unwrap();
        assert_eq!(anchors.iter().map(|anchor| (anchor.size, anchor.line)).collect::<Vec<_>>(), [(5, 2), (6, 8), (7, 14), (8, 16)]);
        assert!(anchors.iter().all(|anchor| anchor.holds(&[0xab; 32]) && !anchor.holds(&[0xac; 32])));
        assert!(anchors.iter().all(|anchor| anchor.is_of("swj/test") && !anchor.is_of("swj/other")));
    }

    #[test]
    fn a_duty_line_is_read_as_people_type_it() {
        let duty = Duty::of(&checkpoint(1284));
        let line = duty.to_string();
        assert!(line.len() < 40, "{line}");
        for typed in [
            line.clone(),
            line.to_lowercase(),
            line.replace('-', " "),
            line.replace('-', "－").replace("SWJ", "ＳＷＪ"),
            line.replace('-', ""),
        ] {
            assert_eq!(Duty::read(&typed), Some(Ok(duty.clone())), "{typed}");
        }
    }

    #[test]
    fn a_slip_of_the_pen_is_no_broken_log() {
        let line = Duty::of(&checkpoint(1284)).to_string();
        for slip in [line.replace("1284", "1248"), line.replacen("abab", "abba", 1), line[..line.len() - 1].to_owned()] {
            assert_eq!(read(&slip), Err((1, Fault::Slip)), "{slip}");
        }
        assert_eq!(read("\nhello\n"), Err((2, Fault::Unknown)));
        assert_eq!(read("swj/test\n5\nabc\n"), Err((1, Fault::Unknown)));
    }
}
