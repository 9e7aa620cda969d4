//! JSON as PostgreSQL writes it, in the order we write it, without building the document.

/// Appends a JSON document with its keys in the order of [`canonical`] and without blanks; its numbers and texts, and what
/// it does not understand, stay as they are.
pub fn sort_keys(document: &str, out: &mut String) {
    let begin = out.len();
    let mut sorter = Sorter { text: document, at: 0, members: Vec::new(), depth: 0 };
    if sorter.value(out).is_none() || sorter.at != document.len() {
        out.truncate(begin);
        out.push_str(document);
    }
}

struct Sorter<'a> {
    text: &'a str,
    at: usize,
    /// Key, beginning and end of each value of the objects we are in.
    members: Vec<(&'a str, usize, usize)>,
    depth: usize,
}

/// No document is nested deeper than this.
const DEEPEST: usize = 100;

impl<'a> Sorter<'a> {
    fn next(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while bytes.get(self.at) == Some(&b' ') {
            self.at += 1;
        }
        bytes.get(self.at).copied()
    }

    fn take(&mut self, wanted: u8) -> Option<()> {
        (self.next()? == wanted).then(|| self.at += 1)
    }

    /// A string with its quotes.
    fn string(&mut self) -> Option<&'a str> {
        let begin = self.at;
        self.take(b'"')?;
        loop {
            match self.text.as_bytes().get(self.at)? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        self.text.get(begin..self.at)
    }

    /// A number, `true`, `false` or `null`.
    fn word(&mut self) -> Option<&'a str> {
        let rest = self.text.get(self.at..)?;
        let end = rest.bytes().position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.'))).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).filter(|word| !word.is_empty())
    }

    /// Passes over a value.
    fn pass(&mut self) -> Option<()> {
        match self.next()? {
            b'"' => self.string().map(drop),
            b'{' | b'[' => {
                let mut depth = 0;
                loop {
                    match self.next()? {
                        b'"' => {
                            self.string()?;
                            continue;
                        }
                        b'{' | b'[' => depth += 1,
                        b'}' | b']' => depth -= 1,
                        _ => {}
                    }
                    self.at += 1;
                    if depth == 0 {
                        return Some(());
                    }
                }
            }
            _ => self.word().map(drop),
        }
    }

    fn value(&mut self, out: &mut String) -> Option<()> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        match self.next()? {
            b'{' => self.object(out)?,
            b'[' => self.array(out)?,
            b'"' => out.push_str(self.string()?),
            _ => out.push_str(self.word()?),
        }
        self.depth -= 1;
        Some(())
    }

    fn array(&mut self, out: &mut String) -> Option<()> {
        self.at += 1;
        out.push('[');
        if self.next()? != b']' {
            self.value(out)?;
            while self.next()? == b',' {
                self.at += 1;
                out.push(',');
                self.value(out)?;
            }
        }
        out.push(']');
        self.take(b']')
    }

    fn object(&mut self, out: &mut String) -> Option<()> {
        let first = self.members.len();
        self.at += 1;
        while self.next()? != b'}' {
            if self.members.len() > first {
                self.take(b',')?;
                self.next()?;
            }
            // Keys are sorted by what they say, not by how that is written.
            let key = self.string().filter(|key| !key.contains('\\'))?;
            self.take(b':')?;
            self.next()?;
            let begin = self.at;
            self.pass()?;
            self.members.push((key, begin, self.at));
        }
        let end = self.at + 1;
        self.members[first..].sort_unstable();
        out.push('{');
        for member in first..self.members.len() {
            let (key, begin, end) = self.members[member];
            if member > first {
                out.push(',');
            }
            out.push_str(key);
            out.push(':');
            match self.text.get(begin..end)? {
                value if value.starts_with(['{', '[']) => {
                    self.at = begin;
                    self.value(out)?;
                }
                value => out.push_str(value),
            }
        }
        out.push('}');
        self.members.truncate(first);
        self.at = end;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::types::canonical;
    use super::*;

    #[test]
    fn documents_sorted_as_text_are_those_sorted_as_values() {
        for text in [
            r#"{"bb": 1, "a": [1, {"z": null, "y": "\u0001 \" 水"}, []], "c": {}, "b": {"d": {"f": 1, "e": -2.5}}}"#,
            r#"{"a,b": "x: {y}", "a": "]}", "": true}"#,
            "[1, 2, [3, {\"b\": 1, \"a\": 2}]]",
            "\"水 \\\\\"",
            "null",
            "{}",
        ] {
            let mut sorted = "before ".to_owned();
            sort_keys(text, &mut sorted);
            assert_eq!(sorted, format!("before {}", canonical(&serde_json::from_str(text).unwrap())), "{text}");
        }
        // What is not understood stays as it is.
        for text in [r#"{"b": 1, "a\"": 2}"#, "{\"a\": ", "[1 2]", "", "[".repeat(5_000).as_str()] {
            let mut sorted = String::new();
            sort_keys(text, &mut sorted);
            assert_eq!(sorted, text);
        }
    }
}
