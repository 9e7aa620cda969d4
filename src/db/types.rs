//! Days, instants and JSON documents on both engines.
//!
//! | SQL type | SQLite | PostgreSQL | Rust |
//! | --- | --- | --- | --- |
//! | `sql::Day` | `2026-11-23` | `date` | [`Day`] around `jiff::civil::Date` |
//! | `sql::Moment` | `2026-11-23 09:00:00+08:00` | `timestamptz` | [`Instant`] |
//! | `sql::Document` | canonical JSON text | `jsonb` | [`Document`] around `serde_json::Value` |
//!
//! Instants are whole seconds, written in Beijing time: text order is time order,
//! and a person who opens the file reads the hour on the office clock.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{HasSqlType, Text};
use diesel::sqlite::Sqlite;
use jiff::civil::Date;
use serde_json::Value;

use super::connection::{MultiBackend, MultiRawValue};

/// The SQL types; `schema.rs` names them.
pub mod sql {
    use diesel::query_builder::QueryId;
    use diesel::sql_types::SqlType;

    #[derive(SqlType, QueryId, Clone, Copy, Default)]
    #[diesel(sqlite_type(name = "Text"))]
    #[cfg_attr(feature = "postgres", diesel(postgres_type(oid = 1082, array_oid = 1182)))]
    pub struct Day;

    #[derive(SqlType, QueryId, Clone, Copy, Default)]
    #[diesel(sqlite_type(name = "Text"))]
    #[cfg_attr(feature = "postgres", diesel(postgres_type(oid = 1184, array_oid = 1185)))]
    pub struct Moment;

    #[derive(SqlType, QueryId, Clone, Copy, Default)]
    #[diesel(sqlite_type(name = "Text"))]
    #[cfg_attr(feature = "postgres", diesel(postgres_type(oid = 3802, array_oid = 3807)))]
    pub struct Document;
}

/// A legal day (日): no hour, no zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql::Day)]
pub struct Day(pub Date);

impl From<Date> for Day {
    fn from(date: Date) -> Self {
        Self(date)
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A JSON document, stored in its canonical form.
#[derive(Clone, Debug, PartialEq, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql::Document)]
pub struct Document(pub Value);

/// JSON that is text already, on its way into the database: kept on SQLite as it stands.
#[derive(Clone, Debug, AsExpression)]
#[diesel(sql_type = sql::Document)]
pub(super) struct Json(pub String);

/// The cells of a row as they were written: kept as a JSON array, and written as one only where it is needed.
#[derive(Clone, Debug, Default, PartialEq, Eq, AsExpression)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct Cells(pub Vec<String>);

impl Cells {
    pub(super) fn json(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_else(|_| "[]".to_owned())
    }
}

/// A point in time, in whole seconds; shown in Beijing time (东八区, no summer time since 1991).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql::Moment)]
pub struct Instant(jiff::Timestamp);

impl Instant {
    /// Drops the fraction of a second.
    pub fn new(at: jiff::Timestamp) -> Self {
        Self(jiff::Timestamp::from_second(at.as_second()).unwrap_or(at))
    }

    /// The instant of a Beijing clock reading.
    pub fn at_beijing(local: jiff::civil::DateTime) -> Self {
        let at = jiff::tz::TimeZone::fixed(jiff::tz::offset(8)).to_timestamp(local);
        Self::new(at.unwrap_or(jiff::Timestamp::UNIX_EPOCH))
    }

    /// The point in time.
    pub fn timestamp(self) -> jiff::Timestamp {
        self.0
    }

    /// The Beijing clock reading.
    pub fn local(self) -> jiff::civil::DateTime {
        jiff::tz::offset(8).to_datetime(self.0)
    }

    /// The Beijing day.
    pub fn day(self) -> Date {
        self.local().date()
    }

    /// RFC 3339 with the offset, as in JSON: `2026-11-23T09:00:00+08:00`.
    pub fn rfc3339(self) -> String {
        format!("{}+08:00", self.local().strftime("%Y-%m-%dT%H:%M:%S"))
    }

    /// As SQLite keeps it: `2026-11-23 09:00:00+08:00`.
    pub fn stored(self) -> String {
        stored(self.local())
    }

    /// Reads the stored form, or RFC 3339.
    pub fn parse(text: &str) -> Option<Self> {
        text.replacen(' ', "T", 1).parse::<jiff::Timestamp>().ok().map(Self::new)
    }
}

/// A reading of the Beijing clock as SQLite keeps it.
fn stored(at: jiff::civil::DateTime) -> String {
    if at.year() < 0 {
        return format!("{}+08:00", at.strftime("%Y-%m-%d %H:%M:%S"));
    }
    // Digit by digit: digests write millions of them.
    let mut text = String::with_capacity(25);
    let mut two = |before: &str, number: i8| {
        text.push_str(before);
        text.push(char::from(b'0' + (number / 10) as u8));
        text.push(char::from(b'0' + (number % 10) as u8));
    };
    two("", (at.year() / 100) as i8);
    two("", (at.year() % 100) as i8);
    for (before, number) in [("-", at.month()), ("-", at.day()), (" ", at.hour()), (":", at.minute()), (":", at.second())] {
        two(before, number);
    }
    text.push_str("+08:00");
    text
}

/// As people read it: `2026-11-23 09:00:00`.
impl std::fmt::Display for Instant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.local().strftime("%Y-%m-%d %H:%M:%S"))
    }
}

/// JSON with sorted keys and no blanks: one text for one value, whatever the engine did to it.
pub fn canonical(value: &Value) -> String {
    sorted(value).to_string()
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<_> = map.keys().collect();
            keys.sort();
            keys.into_iter().map(|key| (key.clone(), sorted(&map[key]))).collect::<serde_json::Map<_, _>>().into()
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

/// Appends a text as a JSON string, as [`canonical`] writes one.
pub fn push_string(text: &str, out: &mut String) {
    // No way out of the middle: the compiler looks at many bytes at once.
    if text.bytes().fold(false, |found, byte| found | (byte < 0x20) | (byte == b'"') | (byte == b'\\')) {
        out.push_str(&Value::from(text).to_string());
    } else {
        out.push('"');
        out.push_str(text);
        out.push('"');
    }
}

/// Makes a Rust type usable as the value of one of our SQL types on both engines.
macro_rules! stored_as {
    ($sql:ty, $rust:ty) => {
        impl HasSqlType<$sql> for MultiBackend {
            fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
                Self::lookup_sql_type::<$sql>(lookup)
            }
        }
        impl FromSql<$sql, MultiBackend> for $rust {
            fn from_sql(bytes: MultiRawValue<'_>) -> deserialize::Result<Self> {
                bytes.from_sql::<$rust, $sql>()
            }
        }
        impl ToSql<$sql, MultiBackend> for $rust {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
                out.set_value((<$sql>::default(), self));
                Ok(IsNull::No)
            }
        }
    };
}

stored_as!(sql::Day, Day);
stored_as!(sql::Moment, Instant);
stored_as!(sql::Document, Document);

impl FromSql<sql::Day, Sqlite> for Day {
    fn from_sql(bytes: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(<String as FromSql<Text, Sqlite>>::from_sql(bytes)?.parse()?))
    }
}
impl ToSql<sql::Day, Sqlite> for Day {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.to_string());
        Ok(IsNull::No)
    }
}
impl FromSql<sql::Moment, Sqlite> for Instant {
    fn from_sql(bytes: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let text = <String as FromSql<Text, Sqlite>>::from_sql(bytes)?;
        Self::parse(&text).ok_or_else(|| format!("`{text}` is no instant").into())
    }
}
impl ToSql<sql::Moment, Sqlite> for Instant {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.stored());
        Ok(IsNull::No)
    }
}
impl FromSql<sql::Document, Sqlite> for Document {
    fn from_sql(bytes: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(serde_json::from_str(&<String as FromSql<Text, Sqlite>>::from_sql(bytes)?)?))
    }
}
impl ToSql<sql::Document, Sqlite> for Document {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(canonical(&self.0));
        Ok(IsNull::No)
    }
}
impl ToSql<diesel::sql_types::Text, Sqlite> for Cells {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.json());
        Ok(IsNull::No)
    }
}
impl ToSql<sql::Document, Sqlite> for Json {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.as_str());
        Ok(IsNull::No)
    }
}

#[cfg(feature = "postgres")]
mod on_postgres {
    use std::io::Write;

    use diesel::pg::{Pg, PgValue};
    use diesel::sql_types::{BigInt, Integer};
    use jiff::ToSpan;
    use jiff::civil::date;

    use super::*;

    /// PostgreSQL counts days and microseconds from here.
    const EPOCH: Date = date(2000, 1, 1);
    /// Unix time of that day, UTC.
    const EPOCH_SECOND: i64 = 946_684_800;

    impl FromSql<sql::Day, Pg> for Day {
        fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
            let days = <i32 as FromSql<Integer, Pg>>::from_sql(bytes)?;
            Ok(Self(EPOCH.checked_add(i64::from(days).days())?))
        }
    }
    impl ToSql<sql::Day, Pg> for Day {
        fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
            let days = (self.0 - EPOCH).get_days();
            ToSql::<Integer, Pg>::to_sql(&days, &mut out.reborrow())
        }
    }
    impl Instant {
        /// The stored form of what PostgreSQL sends: microseconds since 2000. Also of what another program wrote to mean
        /// for ever, the last hours of 9999 and infinity; none for a later year.
        pub(in crate::db) fn stored_on_postgres(micros: i64) -> Option<String> {
            let seconds = EPOCH_SECOND + micros.div_euclid(1_000_000);
            match (micros, jiff::Timestamp::from_second(seconds)) {
                (i64::MAX, _) => Some("infinity".to_owned()),
                (i64::MIN, _) => Some("-infinity".to_owned()),
                (_, Ok(at)) => Some(Self(at).stored()),
                (_, Err(_)) => {
                    let beginning = jiff::civil::date(2000, 1, 1).at(8, 0, 0, 0);
                    beginning.checked_add(jiff::SignedDuration::from_micros(micros)).ok().map(stored)
                }
            }
        }
    }
    impl FromSql<sql::Moment, Pg> for Instant {
        fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
            let micros = <i64 as FromSql<BigInt, Pg>>::from_sql(bytes)?;
            Ok(Self::new(jiff::Timestamp::from_second(EPOCH_SECOND + micros.div_euclid(1_000_000))?))
        }
    }
    impl ToSql<sql::Moment, Pg> for Instant {
        fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
            let micros = (self.0.as_second() - EPOCH_SECOND) * 1_000_000;
            ToSql::<BigInt, Pg>::to_sql(&micros, &mut out.reborrow())
        }
    }
    impl FromSql<sql::Document, Pg> for Document {
        fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
            match bytes.as_bytes() {
                // jsonb has an order of its own, shorter keys first.
                [1, text @ ..] => Ok(Self(sorted(&serde_json::from_slice(text)?))),
                _ => Err("unknown version of the jsonb wire format".into()),
            }
        }
    }
    impl ToSql<sql::Document, Pg> for Document {
        fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
            out.write_all(&[1])?;
            out.write_all(canonical(&self.0).as_bytes())?;
            Ok(IsNull::No)
        }
    }
    impl ToSql<diesel::sql_types::Text, Pg> for Cells {
        fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
            out.write_all(self.json().as_bytes())?;
            Ok(IsNull::No)
        }
    }
    impl ToSql<sql::Document, Pg> for Json {
        fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
            out.write_all(&[1])?;
            out.write_all(self.0.as_bytes())?;
            Ok(IsNull::No)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_stored_as_its_clock_reads() {
        for seconds in [0, -1, 951_782_399, 1_795_395_600, 253_402_207_200, -2_208_988_800, -62_135_596_800, -99_135_596_800] {
            let at = Instant::new(jiff::Timestamp::from_second(seconds).unwrap());
            assert_eq!(at.stored(), format!("{}+08:00", at.local().strftime("%Y-%m-%d %H:%M:%S")));
        }
    }

    #[cfg(feature = "postgres")]
    #[test]
    fn what_means_for_ever_on_postgres_is_stored_too() {
        for (micros, wanted) in [
            (0, Some("2000-01-01 08:00:00+08:00")),
            (-1, Some("2000-01-01 07:59:59+08:00")),
            (252_455_587_199_999_999, Some("9999-12-31 23:59:59+08:00")),
            (252_455_587_200_000_000, None),
            (i64::MAX, Some("infinity")),
            (i64::MIN, Some("-infinity")),
        ] {
            assert_eq!(Instant::stored_on_postgres(micros).as_deref(), wanted, "{micros}");
        }
    }

    #[test]
    fn a_string_is_quoted_as_a_value_is() {
        for text in ["", "水", "a\"b", "a\\b", "\u{1}\n\t\u{7f}"] {
            let mut quoted = String::new();
            push_string(text, &mut quoted);
            assert_eq!(quoted, canonical(&text.into()));
        }
    }

    #[test]
    fn an_instant_is_shown_on_the_beijing_clock() {
        let at = Instant::new("2026-11-23T01:02:03.987Z".parse().unwrap());
        assert_eq!(at.stored(), "2026-11-23 09:02:03+08:00");
        assert_eq!(at.rfc3339(), "2026-11-23T09:02:03+08:00");
        assert_eq!(Instant::parse(&at.stored()), Some(at));
        assert_eq!(Instant::at_beijing(at.local()), at);
    }

    #[test]
    fn one_value_has_one_canonical_text() {
        let value: Value = serde_json::from_str(r#"{ "b": [1, {"z":1,"a":null}], "a": "水" }"#).unwrap();
        assert_eq!(canonical(&value), r#"{"a":"水","b":[1,{"a":null,"z":1}]}"#);
    }
}
