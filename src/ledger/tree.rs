//! The Merkle tree over the chain, as RFC 6962 section 2.1 builds it. A leaf is the hash of a link of the chain, which
//! stands for its entry and for everything before it.

use sha2::{Digest, Sha256};

pub type Hash = [u8; 32];

/// One step up from the side of an entry to the root.
pub type Path = Vec<Hash>;

/// The hash of a leaf: a zero byte keeps leaves and nodes apart.
pub fn leaf(data: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(data).finalize().into()
}

/// The hash of two subtrees side by side.
pub fn node(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// A tree that only grows; of what is in it only the peaks are kept, the roots of its whole subtrees from left to right.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    size: u64,
    peaks: Vec<Hash>,
}

impl Tree {
    /// Goes on where a tree of this size was left; none when the peaks are not as many as such a tree has.
    pub fn resume(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        (peaks.len() == size.count_ones() as usize).then_some(Self { size, peaks })
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Adds a leaf, by its hash.
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        let mut size = self.size;
        while size & 1 == 1 {
            let Some(left) = self.peaks.pop() else { break };
            hash = node(&left, &hash);
            size >>= 1;
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else { return Sha256::digest([]).into() };
        peaks.fold(*last, |right, left| node(left, &right))
    }

    /// The part of this tree from leaf `from` on, where `from` is the beginning of one of its peaks or its end.
    fn part(&self, from: u64) -> Option<Self> {
        let mut at = 0;
        for (n, bit) in (0..64).rev().filter(|bit| self.size >> bit & 1 == 1).enumerate() {
            if at == from {
                return Self::resume(self.size - from, self.peaks[n..].to_vec());
            }
            at += 1_u64 << bit;
        }
        (from == self.size).then(Self::default)
    }
}

/// Gathers the proof that leaf `index` is in the tree of the first `size` leaves, from one pass over them.
///
/// The leaves before the tree `cut` was left at are known by its peaks alone.
#[derive(Clone, Debug)]
pub struct Prover {
    index: u64,
    /// The subtrees that make up the proof, from the root's side down: from, to, and whether it lies to the left.
    parts: Vec<(u64, u64, Tree)>,
    next: u64,
}

impl Prover {
    /// None where the leaf is not in the tree, or lies before the cut.
    pub fn new(index: u64, size: u64, cut: &Tree) -> Option<Self> {
        if index >= size || index < cut.size {
            return None;
        }
        let (mut from, mut to, mut parts) = (0, size, Vec::new());
        while to - from > 1 {
            let half = from + (to - from).next_power_of_two() / 2;
            let (side, stay) = if index < half { ((half, to), (from, half)) } else { ((from, half), (half, to)) };
            let known = if side.0 >= cut.size {
                Tree::default()
            } else if side.1 >= cut.size {
                cut.part(side.0)?
            } else {
                peak(cut, side)?
            };
            parts.push((side.0, side.1, known));
            (from, to) = stay;
        }
        Some(Self { index, parts, next: cut.size })
    }

    /// Takes the next leaf after the cut.
    pub fn push(&mut self, leaf: Hash) {
        let at = self.next;
        self.next += 1;
        if let Some(part) = self.parts.iter_mut().find(|part| (part.0..part.1).contains(&at)) {
            part.2.push(leaf);
        }
    }

    /// The proof, from the leaf up; none while leaves are missing.
    pub fn path(self) -> Option<Path> {
        let whole = self.parts.iter().all(|(from, to, tree)| tree.size() == to - from);
        (whole && self.next > self.index).then(|| self.parts.iter().rev().map(|part| part.2.root()).collect())
    }
}

/// The one peak of a tree that covers these leaves.
fn peak(tree: &Tree, (from, to): (u64, u64)) -> Option<Tree> {
    let rest = tree.part(from)?;
    Tree::resume(to - from, rest.peaks.first().copied().into_iter().collect())
}

/// The root that a leaf and its path lead to; none when the path is not as long as such a tree asks.
pub fn climb(leaf: Hash, index: u64, size: u64, path: &[Hash]) -> Option<Hash> {
    if index >= size {
        return None;
    }
    let (mut at, mut last, mut hash) = (index, size - 1, leaf);
    for side in path {
        if last == 0 {
            return None;
        }
        if at & 1 == 1 || at == last {
            hash = node(side, &hash);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash = node(&hash, side);
        }
        at >>= 1;
        last >>= 1;
    }
    (last == 0).then_some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition of the RFC, word for word.
    fn naive(leaves: &[Hash]) -> Hash {
        match leaves.len() {
            0 => Sha256::digest([]).into(),
            1 => leaves[0],
            n => {
                let half = n.next_power_of_two() / 2;
                node(&naive(&leaves[..half]), &naive(&leaves[half..]))
            }
        }
    }

    fn leaves(n: u64) -> Vec<Hash> {
        (0..n).map(|at| leaf(&at.to_be_bytes())).collect()
    }

    fn tree(leaves: &[Hash]) -> Tree {
        let mut tree = Tree::default();
        leaves.iter().for_each(|leaf| tree.push(*leaf));
        tree
    }

    #[test]
    fn roots_are_those_of_the_rfc() {
        // The test vectors of certificate transparency.
        let inputs: [&[u8]; 4] = [&[], &[0x00], &[0x10], &[0x20, 0x21]];
        let hashes: Vec<Hash> = inputs.iter().map(|data| leaf(data)).collect();
        let hex = |hash: Hash| crate::db::hex(&hash);
        assert_eq!(hex(tree(&[]).root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(hex(tree(&hashes[..1]).root()), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
        assert_eq!(hex(tree(&hashes[..2]).root()), "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
        assert_eq!(hex(tree(&hashes[..3]).root()), "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77");
        assert_eq!(hex(tree(&hashes).root()), "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7");
        for n in 0..70 {
            assert_eq!(tree(&leaves(n)).root(), naive(&leaves(n)), "{n}");
        }
    }

    #[test]
    fn every_leaf_is_proved_in_every_tree_and_nothing_else_is() {
        for size in 1..40 {
            let all = leaves(size);
            let root = naive(&all);
            for index in 0..size {
                let mut prover = Prover::new(index, size, &Tree::default()).unwrap();
                all.iter().for_each(|leaf| prover.push(*leaf));
                let path = prover.path().unwrap();
                assert_eq!(climb(all[index as usize], index, size, &path), Some(root), "{index} of {size}");
                assert_ne!(climb(all[index as usize], (index + 1) % size.max(2), size, &path), Some(root));
                assert_ne!(climb(leaf(b"another"), index, size, &path), Some(root));
            }
        }
    }

    #[test]
    fn after_a_cut_the_peaks_prove_what_is_left() {
        for size in 1..40 {
            let all = leaves(size);
            for cut in 0..size {
                let mut rest = Tree::resume(cut, tree(&all[..cut as usize]).peaks().to_vec()).unwrap();
                for index in cut..size {
                    let mut prover = Prover::new(index, size, &rest).unwrap();
                    all[cut as usize..].iter().for_each(|leaf| prover.push(*leaf));
                    let path = prover.path().unwrap();
                    assert_eq!(climb(all[index as usize], index, size, &path), Some(naive(&all)), "{index} of {size} after {cut}");
                }
                assert!(cut == 0 || Prover::new(cut - 1, size, &rest).is_none());
                all[cut as usize..].iter().for_each(|leaf| rest.push(*leaf));
                assert_eq!(rest.root(), naive(&all));
            }
        }
    }
}
