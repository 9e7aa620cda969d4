//! The chain held against what was written down about it: in the database, and outside.

use super::anchor::{Anchor, Proof};
use super::chain::hash_in;
use super::note::{Note, PublicKey};
use super::tree::Hash;
use super::walk::Verdict;
use crate::db::audit_checkpoints::Checkpoint;

/// The root of no tree.
const NEITHER: Hash = [0; 32];

/// One thing written down, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// A file, or `database`.
    pub source: String,
    /// Out of the reach of who can write to the database.
    pub outside: bool,
    pub anchor: Anchor,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The log still leads to this root.
    Holds,
    /// The log is shorter.
    Cut,
    /// The log leads to another root.
    Rewritten,
    /// The signature is not that of any key that was given.
    Forged,
    /// Nobody signed it; a key was given, so it proves nothing.
    Unsigned,
    /// Noted in the database, and only about what was taken away after its legal term: the export of that time proves it.
    Purged,
    /// The same, kept outside: nobody has proved it yet, and who can write to the database could have said so to be rid of it.
    Unproved,
    /// About what stands before this part of the log.
    Before,
    /// The chain does not hold that far.
    Unreached,
}

impl State {
    pub fn word(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Cut => "cut",
            Self::Rewritten => "rewritten",
            Self::Forged => "forged",
            Self::Unsigned => "unsigned",
            Self::Purged => "purged",
            Self::Unproved => "unproved",
            Self::Before => "before",
            Self::Unreached => "unreached",
        }
    }
}

/// The chain and everything that speaks for it or against it.
#[derive(Clone, Debug)]
pub struct Judgement {
    pub verdict: Verdict,
    /// By size.
    pub witnesses: Vec<(Witness, State)>,
    /// The first number that is not as it was, and why.
    pub broken: Option<(i64, &'static str)>,
    /// The last number that something outside vouches for.
    pub anchored: Option<i64>,
    /// The last number that a checkpoint in the database vouches for.
    pub checkpointed: Option<i64>,
}

impl Judgement {
    /// How many witnesses kept outside speak of what was taken away, with nothing to prove them by.
    pub fn unproved(&self) -> usize {
        self.witnesses.iter().filter(|(_, state)| *state == State::Unproved).count()
    }

    /// Whether a note outside that this key signed vouches for the log as it is: from the cut on what was taken away is in
    /// its root too.
    pub fn vouched_by(&self, key: &PublicKey) -> bool {
        self.witnesses.iter().any(|(witness, state)| {
            let signed = matches!(&witness.anchor.proof, Proof::Note(note) if note.signed_by(key));
            signed && witness.outside && *state == State::Holds && witness.anchor.size as i64 >= self.verdict.purged
        })
    }
}

/// What the database remembers of its own log.
pub fn remembered(checkpoints: &[Checkpoint]) -> Vec<Witness> {
    let witness = |row: &Checkpoint| {
        let known = row.root_hash.as_deref().and_then(hash_in);
        let note = row.signed_note.as_deref().and_then(Note::read);
        let agrees =
            note.as_ref().is_some_and(|note| Some(note.checkpoint.root) == known && note.checkpoint.size == row.tree_size.unsigned_abs());
        let proof = match note {
            Some(note) if agrees => Proof::Note(note),
            _ if row.signed_note.is_some() => Proof::Root(NEITHER),
            _ => Proof::Root(known.unwrap_or_default()),
        };
        Witness {
            source: "database".to_owned(),
            outside: false,
            anchor: Anchor { size: row.tree_size.unsigned_abs(), line: row.id.unsigned_abs(), proof },
        }
    };
    checkpoints.iter().map(witness).collect()
}

/// Holds a walk, which noted the roots at their sizes, against the witnesses.
pub fn judge(verdict: Verdict, mut witnesses: Vec<Witness>, keys: &[PublicKey]) -> Judgement {
    witnesses.sort_by_key(|witness| witness.anchor.size);
    let mut broken = verdict.broken.map(|(no, fault)| (no, fault.word()));
    let mut blame = |no: i64, word: &'static str| {
        if broken.is_none_or(|(before, _)| no < before) {
            broken = Some((no, word));
        }
    };
    let mut good = if verdict.roots.keys().any(|size| (*size as i64) < verdict.purged) { 0 } else { verdict.purged };
    let (mut anchored, mut checkpointed) = (None, None);
    let mut judged = Vec::with_capacity(witnesses.len());
    for witness in witnesses {
        let size = witness.anchor.size as i64;
        let state = match &witness.anchor.proof {
            Proof::Note(note) if !keys.is_empty() && !keys.iter().any(|key| note.signed_by(key)) => State::Forged,
            // What the row and its note say differs.
            Proof::Root(root) if *root == NEITHER => State::Rewritten,
            Proof::Root(_) if !keys.is_empty() => State::Unsigned,
            _ if size < verdict.purged => match verdict.roots.get(&witness.anchor.size) {
                Some(root) if witness.anchor.holds(root) => State::Holds,
                Some(_) => State::Rewritten,
                None if verdict.part => State::Before,
                None if witness.outside => State::Unproved,
                None => State::Purged,
            },
            _ if size > verdict.last() && verdict.broken.is_some() => State::Unreached,
            _ if size > verdict.last() => State::Cut,
            _ if verdict.roots.get(&witness.anchor.size).is_some_and(|root| witness.anchor.holds(root)) => State::Holds,
            _ => State::Rewritten,
        };
        match state {
            State::Holds => {
                good = good.max(size);
                let reach = if witness.outside { &mut anchored } else { &mut checkpointed };
                *reach = (*reach).max(Some(size));
            }
            State::Cut => blame(verdict.last() + 1, "cut"),
            State::Rewritten => blame(good + 1, "rewritten"),
            State::Forged => blame(good + 1, "forged"),
            State::Unsigned | State::Purged | State::Unproved | State::Before | State::Unreached => {}
        }
        judged.push((witness, state));
    }
    Judgement { verdict, witnesses: judged, broken, anchored, checkpointed }
}

#[cfg(test)]
mod tests {
    use super::super::note::{Checkpoint as Point, Key};
    use super::super::tree::Tree;
    use super::super::walk::Fault;
    use super::*;

    fn verdict(links: u64) -> Verdict {
        let mut verdict = Verdict { sound: links as i64, ..Verdict::default() };
        for n in 0..links {
            verdict.tree.push([n as u8; 32]);
            verdict.roots.insert(n + 1, verdict.tree.root());
        }
        verdict
    }

    fn outside(size: u64, root: [u8; 32], key: &Key) -> Witness {
        let note = Note::read(&key.sign(&Point { origin: "swj/test".into(), size, root })).unwrap();
        Witness { source: "a".into(), outside: true, anchor: Anchor { size, line: 1, proof: Proof::Note(note) } }
    }

    fn root(n: u64) -> [u8; 32] {
        let mut tree = Tree::default();
        (0..n).for_each(|n| tree.push([n as u8; 32]));
        tree.root()
    }

    #[test]
    fn the_first_number_not_vouched_for_is_named() {
        let key = Key::new("swj/test", [1; 32]).unwrap();
        let (good, cut, other) = (outside(3, root(3), &key), outside(9, root(9), &key), outside(5, [9; 32], &key));
        let found = judge(verdict(7), vec![cut.clone(), good.clone()], &[]);
        assert_eq!((found.broken, found.anchored), (Some((8, "cut")), Some(3)));
        let found = judge(verdict(7), vec![cut, other, good.clone()], &[]);
        assert_eq!((found.broken, found.anchored), (Some((4, "rewritten")), Some(3)));
        let broken = Verdict { broken: Some((8, Fault::Gap)), ..verdict(7) };
        let found = judge(broken, vec![good, outside(9, root(9), &key)], &[]);
        assert_eq!((found.broken, found.witnesses[1].1), (Some((8, "gap")), State::Unreached));
    }

    #[test]
    fn with_a_key_only_what_it_signed_counts() {
        let (key, other) = (Key::new("swj/test", [1; 32]).unwrap(), Key::new("swj/test", [2; 32]).unwrap());
        let found = judge(verdict(7), vec![outside(3, root(3), &other)], &[key.public()]);
        assert_eq!((found.broken, found.anchored), (Some((1, "forged")), None));
        let found = judge(verdict(7), vec![outside(3, root(3), &other)], &[key.public(), other.public()]);
        assert_eq!((found.broken, found.anchored), (None, Some(3)));
    }
}
