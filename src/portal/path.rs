//! Names as the file system allows them, in texts: any bytes but `/` and zero.

/// A name as text: itself, unless it holds a backslash, a control character or what is no UTF-8.
pub fn escape(name: &[u8]) -> String {
    let mut text = String::with_capacity(name.len());
    for chunk in name.utf8_chunks() {
        for letter in chunk.valid().chars() {
            match letter {
                '\\' => text.push_str("\\\\"),
                letter if letter.is_ascii_control() => text.push_str(&format!("\\x{:02x}", letter as u32)),
                letter => text.push(letter),
            }
        }
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}

/// The name an escaped text stands for; none where nothing is escaped like that.
pub fn unescape(text: &str) -> Option<Vec<u8>> {
    let (mut name, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte != b'\\' {
            name.push(*byte);
        } else if let Some(after) = rest.strip_prefix(b"\\") {
            name.push(b'\\');
            rest = after;
        } else {
            let digits = rest.strip_prefix(b"x").and_then(|rest| rest.get(..2))?;
            name.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
            rest = &rest[3..];
        }
    }
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_comes_back() {
        for name in [b"index.html".as_slice(), "水务/公告 1.html".as_bytes(), b"a\\b\nc\td", b"\xb9\xfe\xff.txt", b"\\x41", b""] {
            assert_eq!(unescape(&escape(name)).as_deref(), Some(name));
        }
        assert_eq!(escape("公告.html".as_bytes()), "公告.html");
        assert_eq!(escape(b"\xb9a\n"), "\\xb9a\\x0a");
        assert!(unescape("\\q").is_none() && unescape("\\x4").is_none());
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_come_back(name: Vec<u8>) {
            proptest::prop_assert_eq!(unescape(&escape(&name)), Some(name));
        }
    }
}
