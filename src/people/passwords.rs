//! What a password must be (口令策略): the standard gives no numbers (GB/T 22239 8.1.4.1 a), the site does.

/// The limits of a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Fewest letters.
    pub length: usize,
    /// Fewest kinds among small letters, capital letters, digits and others.
    pub classes: usize,
}

/// What is wrong with a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakness {
    Short,
    /// Too few kinds of letters for its length.
    Plain,
    /// It holds the login, forwards or backwards.
    Login,
    /// One of those tried first.
    Common,
}

/// A phrase this long may consist of words alone.
const PHRASE: usize = 20;

/// Words that guessed passwords begin with.
const COMMON: [&str; 14] = [
    "password", "passw0rd", "p@ssword", "p@ssw0rd", "admin", "qwerty", "1qaz2wsx", "abc123", "123456", "welcome", "letmein", "iloveyou",
    "woaini", "tianjin",
];

impl Policy {
    /// What is wrong with a password for this login; nothing when it will do.
    pub fn weaknesses(&self, login: &str, password: &str) -> Vec<Weakness> {
        let mut found = Vec::new();
        let letters = password.chars().count();
        if letters < self.length {
            found.push(Weakness::Short);
        }
        let kinds: [fn(char) -> bool; 4] =
            [char::is_lowercase, char::is_uppercase, char::is_numeric, |c| !c.is_lowercase() && !c.is_uppercase() && !c.is_numeric()];
        let classes = kinds.iter().filter(|kind| password.chars().any(**kind)).count();
        if classes < self.classes && letters < PHRASE {
            found.push(Weakness::Plain);
        }
        let small = password.to_lowercase();
        let backwards: String = login.chars().rev().collect();
        if login.len() >= 3 && (small.contains(login) || small.contains(&backwards)) {
            found.push(Weakness::Login);
        }
        // A common word with a few signs behind it is tried as early as the word.
        if COMMON.iter().any(|word| small.starts_with(word) && small.len() < word.len() + 7) {
            found.push(Weakness::Common);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_long_mixed_and_not_what_is_tried_first() {
        let policy = Policy { length: 10, classes: 3 };
        let weak = |password: &str| policy.weaknesses("lihua", password);
        assert_eq!(weak("Heron-lake-47"), []);
        assert_eq!(weak("海河九河下梢天津卫三道浮桥两道关大沽口外"), [], "twenty letters need no mixture");
        assert_eq!(weak("Short-1"), [Weakness::Short]);
        assert_eq!(weak("heronlakes"), [Weakness::Plain]);
        assert_eq!(weak("Lihua-2026-x"), [Weakness::Login]);
        assert_eq!(weak("1-auhiL-2026"), [Weakness::Login]);
        assert_eq!(weak("Password-12"), [Weakness::Common]);
    }
}
