//! Reading the text of a rule: is it one SELECT that only reads, which columns it has, which tables it names.

/// A word, a name in quotes, or a sign of the text, with its line.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Token {
    text: String,
    line: u64,
    /// How many brackets it stands in.
    depth: usize,
    /// A word or a name, not a sign, number or string.
    word: bool,
    quoted: bool,
}

impl Token {
    fn is(&self, word: &str) -> bool {
        self.word && !self.quoted && self.text.eq_ignore_ascii_case(word)
    }

    fn sign(&self, sign: &str) -> bool {
        !self.word && !self.quoted && self.text == sign
    }
}

/// What is wrong with a text, and where. What one engine reads otherwise than the other, or than we do, is refused: code
/// could hide in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TextFault {
    pub line: u64,
    pub fault: String,
}

/// Functions that reach out of the picture a rule is shown: into files, other sessions and other servers, or into text that
/// is run as SQL. PostgreSQL lets a read-only transaction call them.
const FORBIDDEN_FUNCTIONS: &[&str] = &[
    "lo_*",
    "pg_*",
    "dblink*",
    "lowrite",
    "set_config",
    "nextval",
    "setval",
    "query_to_xml*",
    "cursor_to_xml*",
    "table_to_xml*",
    "schema_to_xml*",
    "database_to_xml*",
    "ts_stat",
    "load_extension",
    "readfile",
    "writefile",
    "edit",
    "fts3_tokenizer",
];

fn may_not_be_called(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    FORBIDDEN_FUNCTIONS.iter().any(|known| known.strip_suffix('*').map_or(name == *known, |stem| name.starts_with(stem)))
}

/// Words that do more than read, wherever they stand: `WITH x AS (DELETE …)` deletes on PostgreSQL, `SELECT … INTO` makes
/// a table, `FOR UPDATE` locks.
const FORBIDDEN: &[&str] = &[
    "insert",
    "update",
    "delete",
    "merge",
    "upsert",
    "truncate",
    "create",
    "alter",
    "drop",
    "grant",
    "revoke",
    "into",
    "attach",
    "detach",
    "pragma",
    "vacuum",
    "reindex",
    "analyze",
    "copy",
    "call",
    "lock",
    "begin",
    "commit",
    "rollback",
    "savepoint",
    "listen",
    "notify",
    "execute",
    "prepare",
    "load",
    "reset",
    "refresh",
    "cluster",
    "comment",
];

fn tokens(text: &str) -> Result<Vec<Token>, TextFault> {
    let letters: Vec<char> = text.chars().collect();
    let (mut at, mut line, mut depth) = (0, 1, 0usize);
    let mut found = Vec::new();
    while at < letters.len() {
        let letter = letters[at];
        let next = letters.get(at + 1).copied();
        let (from, begun) = (at, line);
        let mut push = |text: String, word: bool, quoted: bool, depth: usize| {
            found.push(Token { text, line: begun, depth, word, quoted });
        };
        match letter {
            '\n' => {
                line += 1;
                at += 1;
            }
            _ if letter.is_whitespace() => at += 1,
            '-' if next == Some('-') => {
                while at < letters.len() && letters[at] != '\n' {
                    // To PostgreSQL a comment ends here.
                    if letters[at] == '\r' && letters.get(at + 1).is_some_and(|next| *next != '\n') {
                        return Err(TextFault { line, fault: "a line that ends half".into() });
                    }
                    at += 1;
                }
            }
            '/' if next == Some('*') => {
                at += 2;
                while at < letters.len() && !(letters[at] == '*' && letters.get(at + 1) == Some(&'/')) {
                    // To PostgreSQL this begins another, to be closed by itself.
                    if letters[at] == '/' && letters.get(at + 1) == Some(&'*') {
                        return Err(TextFault { line, fault: "a comment in a comment".into() });
                    }
                    line += u64::from(letters[at] == '\n');
                    at += 1;
                }
                at += 2;
            }
            // SQLite's other names, and signs to PostgreSQL.
            '[' | ']' | '`' => return Err(TextFault { line, fault: format!("a {letter}, which the engines read differently") }),
            '\0' => return Err(TextFault { line, fault: "a zero byte".into() }),
            // PostgreSQL's strings with a letter before them have other ends.
            '\'' | '"' if at > 0 && (letters[at - 1].is_alphanumeric() || matches!(letters[at - 1], '_' | '&' | '$')) => {
                return Err(TextFault { line, fault: format!("a {letter} right behind a word") });
            }
            '\'' | '"' => {
                at += 1;
                loop {
                    match letters.get(at) {
                        None => return Err(TextFault { line: begun, fault: format!("a {letter} that is not closed") }),
                        Some(&found) if found == letter && letters.get(at + 1) == Some(&letter) => at += 2,
                        Some(&found) if found == letter => break,
                        Some(&found) => {
                            line += u64::from(found == '\n');
                            at += 1;
                        }
                    }
                }
                at += 1;
                push(letters[from + 1..at - 1].iter().collect(), letter != '\'', true, depth);
            }
            // PostgreSQL's other string: nothing in it could be told from code.
            '$' if next.is_some_and(|next| next == '$' || next == '_' || next.is_alphabetic()) => {
                return Err(TextFault { line, fault: "a string in dollars".into() });
            }
            '(' => {
                push("(".into(), false, false, depth);
                depth += 1;
                at += 1;
            }
            ')' => {
                depth = depth.saturating_sub(1);
                push(")".into(), false, false, depth);
                at += 1;
            }
            _ if letter.is_alphanumeric() || letter == '_' => {
                while at < letters.len() && (letters[at].is_alphanumeric() || letters[at] == '_') {
                    at += 1;
                }
                let exponent = |text: &[char]| text.iter().all(|c| c.is_ascii_digit() || matches!(c, 'e' | 'E'));
                if letter.is_ascii_digit() && !exponent(&letters[from..at]) {
                    return Err(TextFault { line, fault: "a word right behind a number".into() });
                }
                push(letters[from..at].iter().collect(), !letter.is_ascii_digit(), false, depth);
            }
            _ => {
                push(letter.to_string(), false, false, depth);
                at += 1;
            }
        }
    }
    Ok(found)
}

/// Holds a text to be one SELECT that only reads and returns `t`, `k` and `d`.
pub(super) fn check(text: &str) -> Result<(), TextFault> {
    let tokens = reading(text)?;
    let select = tokens.iter().position(|token| token.depth == 0 && token.is("select")).unwrap_or_default();
    let mut names = columns(&tokens[select + 1..]);
    names.sort();
    if names != ["d", "k", "t"] {
        return Err(TextFault { line: tokens[select].line, fault: format!("returns {}, not t, k and d", names.join(", ")) });
    }
    Ok(())
}

/// Holds a text to be one SELECT that only reads.
pub(super) fn check_reading(text: &str) -> Result<(), TextFault> {
    reading(text).map(drop)
}

/// The words of one SELECT that only reads.
fn reading(text: &str) -> Result<Vec<Token>, TextFault> {
    let mut tokens = tokens(text)?;
    let refuse = |line: u64, fault: &str| Err(TextFault { line, fault: fault.to_owned() });
    let Some(first) = tokens.first() else { return refuse(1, "not one SELECT") };
    if !first.is("select") && !first.is("with") {
        return refuse(first.line, "not one SELECT");
    }
    let last = tokens.iter().rposition(|token| !token.sign(";")).unwrap_or_default();
    if let Some(token) = tokens[..last].iter().find(|token| token.sign(";")) {
        return refuse(token.line, "more than one statement");
    }
    for (at, token) in tokens.iter().enumerate() {
        // A column of such a name says whose it is: `t.update`.
        let column = at > 0 && tokens[at - 1].sign(".");
        if !column && FORBIDDEN.iter().any(|word| token.is(word)) {
            return refuse(token.line, &format!("{} does more than read", token.text.to_uppercase()));
        }
        let called = token.word && tokens.get(at + 1).is_some_and(|next| next.sign("("));
        if called && may_not_be_called(&token.text) {
            return refuse(token.line, &format!("the function {} does more than read", token.text.to_lowercase()));
        }
    }
    if !tokens.iter().any(|token| token.depth == 0 && token.is("select")) {
        return refuse(first.line, "not one SELECT");
    }
    tokens.truncate(last + 1);
    Ok(tokens)
}

/// What the columns after a SELECT are called.
fn columns(tokens: &[Token]) -> Vec<String> {
    let ends =
        |token: &Token| token.depth == 0 && ["from", "union", "except", "intersect", "where", "order"].iter().any(|word| token.is(word));
    let list = &tokens[..tokens.iter().position(ends).unwrap_or(tokens.len())];
    list.split(|token| token.depth == 0 && token.sign(","))
        .map(|column| match column.last() {
            Some(name) if name.word => name.text.to_lowercase(),
            _ => "?".to_owned(),
        })
        .collect()
}

/// The tables a text reads, without those it defines itself; empty for a text that cannot be read.
pub(super) fn tables(text: &str) -> Vec<String> {
    let tokens = tokens(text).unwrap_or_default();
    let mut own = Vec::new();
    for (at, token) in tokens.iter().enumerate().filter(|(_, token)| token.word) {
        // `name AS (` and `name(a, b) AS (`.
        let after = match tokens.get(at + 1) {
            Some(open) if open.sign("(") => {
                tokens[at + 2..].iter().position(|t| t.sign(")") && t.depth == open.depth).map(|end| at + 3 + end)
            }
            _ => Some(at + 1),
        };
        let defined = after.is_some_and(|after| {
            tokens.get(after).is_some_and(|token| token.is("as")) && tokens.get(after + 1).is_some_and(|token| token.sign("("))
        });
        if defined {
            own.push(token.text.to_lowercase());
        }
    }
    let mut found: Vec<String> = Vec::new();
    for pair in tokens.windows(2) {
        let name = pair[1].text.to_lowercase();
        if (pair[0].is("from") || pair[0].is("join")) && pair[1].word && !own.contains(&name) && !found.contains(&name) {
            found.push(name);
        }
    }
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> (u64, String) {
        let fault = check(text).unwrap_err();
        (fault.line, fault.fault)
    }

    #[test]
    fn one_select_with_the_three_columns_is_a_rule() {
        for text in [
            "SELECT 'a' AS t, 'b' AS k, 'c; DELETE' AS d;",
            "-- x\nWITH a AS (SELECT 1 AS n), b(m) AS (SELECT 2) SELECT 't' AS t, k, replace(x, 'a', 'b') d FROM a JOIN b ON TRUE",
            "SELECT DISTINCT u.k AS k, u.d, 'x' AS t FROM u UNION ALL SELECT 1, 2, 3 FROM v",
            "SELECT t.update AS d, t.k, 'x' AS t FROM t /* DROP TABLE t */",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_could_write_is_refused_with_its_line() {
        assert_eq!(fault("DELETE FROM unit"), (1, "not one SELECT".into()));
        assert_eq!(fault("SELECT 1;\nDROP TABLE unit"), (1, "more than one statement".into()));
        assert_eq!(
            fault("WITH x AS (\n  DELETE FROM unit RETURNING code\n) SELECT 'u' AS t, code AS k, 'd' AS d FROM x"),
            (2, "DELETE does more than read".into())
        );
        assert_eq!(fault("SELECT 't' AS t, 'k' AS k,\n 'd' AS d\nINTO x FROM unit").0, 3);
        assert_eq!(fault("SELECT 't' AS t, 'k' AS k, 'd' AS d FROM unit\nFOR UPDATE").0, 2);
        assert_eq!(fault("SELECT 't' AS t, $$x$$ AS k, 'd' AS d").1, "a string in dollars");
        assert_eq!(fault("SELECT 'open").1, "a ' that is not closed");
    }

    #[test]
    fn what_the_engines_read_differently_is_refused() {
        for (text, wanted) in [
            ("SELECT 1 AS [']; DELETE FROM unit; --']", "a [, which the engines read differently"),
            ("SELECT E'\\'' AS x; DELETE FROM unit; --'", "a ' right behind a word"),
            ("SELECT U&'x' AS x", "a ' right behind a word"),
            ("SELECT 1 ` 2; DELETE FROM unit; --` AS x", "a `, which the engines read differently"),
            ("SELECT 1 AS x --\r; DELETE FROM unit", "a line that ends half"),
            ("/* /* */ SELECT 'a */; DELETE FROM unit; --'", "a comment in a comment"),
            ("SELECT $_x$ AS x", "a string in dollars"),
            ("SELECT 1INTO x", "a word right behind a number"),
        ] {
            assert_eq!(check_reading(text).unwrap_err().fault, wanted, "{text}");
        }
        assert_eq!(check_reading("SELECT 1e5 AS x, 'it''s' AS y, \"a\".\"b\" -- x\r\nFROM a"), Ok(()));
    }

    #[test]
    fn functions_that_reach_further_are_refused() {
        for called in ["lo_create(1)", "pg_catalog.pg_sleep (9)", "\"dblink\"('x')", "PG_READ_FILE('x')", "query_to_xml('x')"] {
            let fault = check_reading(&format!("SELECT 1,\n {called} AS x")).unwrap_err();
            assert!(fault.line == 2 && fault.fault.ends_with("does more than read"), "{fault:?}");
        }
        assert_eq!(check_reading("SELECT length(lo_name) AS x, pg_id FROM pg_class"), Ok(()));
    }

    #[test]
    fn other_columns_are_refused() {
        assert_eq!(fault("SELECT code AS t, name AS k FROM unit").1, "returns k, t, not t, k and d");
        assert_eq!(fault("SELECT * FROM unit").1, "returns ?, not t, k and d");
        assert_eq!(fault("SELECT 't' AS t, 'k' AS k, 'd' AS d, 1 AS e").1, "returns d, e, k, t, not t, k and d");
    }

    #[test]
    fn the_tables_of_a_text_are_those_it_does_not_define() {
        let text = "WITH RECURSIVE up(a, b) AS (SELECT id, 1 FROM unit UNION ALL SELECT id, 2 FROM up JOIN oa_user u ON TRUE), \
                    x AS (SELECT 1 FROM role) SELECT 't' AS t FROM x WHERE EXISTS (SELECT 1 FROM user_role)";
        assert_eq!(tables(text), ["oa_user", "role", "unit", "user_role"]);
    }
}
