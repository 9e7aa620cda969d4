//! The keys alone, one a line, for `xargs`.

use std::io::{self, Write};

use super::{Report, text};

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    report.each_key(&mut |key| writeln!(out, "{}", text::one_line(&text::human(key, report, false))))
}

#[cfg(test)]
mod tests {
    use crate::view::{Format, Shape, SortKey, sample, shape};

    #[test]
    fn ids_are_the_keys_one_a_line() {
        assert_eq!(sample::written(&sample::users(), Format::Ids), "lihua\n欧阳娜娜\n=cmd\n");
    }

    #[test]
    fn ids_stay_after_their_column_was_left_out_or_moved() {
        for fields in [&["name"][..], &["name", "login"]] {
            let wish = Shape {
                fields: Some(fields.iter().map(ToString::to_string).collect()),
                sort: vec![SortKey::parse("cases")],
                limit: Some(2),
            };
            let report = shape(sample::users(), &wish).unwrap();
            assert_eq!(sample::written(&report, Format::Ids), "=cmd\n欧阳娜娜\n");
        }
    }
}
