use std::io::Write;

use super::*;

const FIELDS: &[Field] = &[
    Field { key: "organ", aliases: &["实施机关", "部门"], required: false, carry_down: true },
    Field { key: "name", aliases: &["事项名称", "名称"], required: true, carry_down: true },
    Field { key: "limit", aliases: &["办结时限"], required: false, carry_down: false },
];

fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn read(bytes: &[u8]) -> Result<(Opened, Vec<Result<Line, RowFault>>), IntakeError> {
    let file = file(bytes);
    open(file.path(), FIELDS, &Options::default()).map(|(opened, rows)| (opened, rows.collect()))
}

/// Line, organ, name and limit of every row.
fn rows(bytes: &[u8]) -> Vec<(u64, String, String, String)> {
    let (_, lines) = read(bytes).unwrap();
    let cell = |row: &Row, key: &str| row.get(key).unwrap_or("-").to_owned();
    lines
        .into_iter()
        .filter_map(|line| match line.unwrap() {
            Line::Row(row) => Some((row.line, cell(&row, "organ"), cell(&row, "name"), cell(&row, "limit"))),
            Line::Skipped { .. } => None,
        })
        .collect()
}

fn row(line: u64, organ: &str, name: &str, limit: &str) -> (u64, String, String, String) {
    (line, organ.into(), name.into(), limit.into())
}

#[test]
fn a_gb18030_file_with_titles_and_blank_merged_cells_is_read() {
    let text = "某市行政许可事项目录,,\n（2026年版）,,\n实施机关,事项名称,办结时限\n市水务局,取水许可,20日\n,河道采砂许可,10\n同上,排水许可,即办\n";
    let (bytes, _, _) = encoding_rs::GB18030.encode(text);
    let (opened, _) = read(&bytes).unwrap();
    assert_eq!((opened.encoding, opened.delimiter, opened.header_line), ("GB18030", ',', 3));
    let rows = rows(&bytes);
    assert_eq!(rows[1].1, "市水务局");
    assert_eq!(rows[2], row(6, "市水务局", "排水许可", "即办"));
}

#[test]
fn every_encoding_gives_the_same_rows() {
    let text = "实施机关\t事项名称\t办结时限\n市水务局\t取水许可\t20\n";
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let (gb, _, _) = encoding_rs::GB18030.encode(text);
    let marked = [b"\xef\xbb\xbf".as_slice(), text.as_bytes()].concat();
    let expected = vec![row(2, "市水务局", "取水许可", "20")];
    for bytes in [text.as_bytes(), &utf16, &gb, &marked] {
        assert_eq!(rows(bytes), expected);
    }
    assert_eq!(read(&marked).unwrap().0.encoding, "UTF-8 (BOM)");
}

#[test]
fn a_cut_gb18030_pair_is_refused_with_its_place() {
    let (gb, _, _) = encoding_rs::GB18030.encode("实施机关,事项名称\n市水务局,取水许可");
    let cut = &gb[..gb.len() - 1];
    match read(cut) {
        Err(IntakeError::NotText { offset, line }) => assert_eq!((offset, line), (cut.len() as u64 - 1, 2)),
        other => panic!("{other:?}", other = other.map(|(opened, _)| opened)),
    }
}

#[test]
fn carry_down_begins_anew_when_a_column_to_the_left_changes() {
    let rows = rows("实施机关,事项名称,办结时限\n甲局,取水许可,1\n,,2\n乙局,,3\n".as_bytes());
    assert_eq!(rows[1], row(3, "甲局", "取水许可", "2"));
    assert_eq!(rows[2], row(4, "乙局", "", "3"));
}

#[test]
fn a_header_of_two_rows_and_line_breaks_in_header_cells_are_joined() {
    let rows = rows("实施机关,事项,\n,名称,\"办结\n时限\"\n甲局,取水许可,5\n".as_bytes());
    assert_eq!(rows, [row(4, "甲局", "取水许可", "5")]);
}

#[test]
fn ragged_rows_are_faults_and_trailing_blanks_are_not() {
    let (_, lines) = read("实施机关,事项名称,办结时限\n甲局,取水许可\n甲局,取水许可,5,,\n甲局,取水许可,5,x\n,,\n".as_bytes()).unwrap();
    let kinds: Vec<_> = lines
        .iter()
        .map(|line| match line {
            Ok(Line::Row(_)) => "row",
            Ok(Line::Skipped { .. }) => "skipped",
            Err(RowFault { kind: RowFaultKind::Ragged { .. }, .. }) => "ragged",
            Err(_) => "quote",
        })
        .collect();
    assert_eq!(kinds, ["ragged", "row", "ragged", "skipped"]);
}

#[test]
fn headings_and_remarks_are_no_rows() {
    let rows =
        rows("实施机关,事项名称,办结时限\n一、水利厅（共2项）,,\n甲局,取水许可,5\n注：以上事项均为网上办理,,\n填表人：张三,,\n".as_bytes());
    assert_eq!(rows.len(), 1);
}

#[test]
fn what_is_no_table_is_called_by_its_name() {
    let hint = |bytes: &[u8]| match read(bytes) {
        Err(IntakeError::NotATable { hint }) => hint,
        other => panic!("{:?}", other.map(|(opened, _)| opened)),
    };
    assert_eq!(hint(b"PK\x03\x04rest"), Hint::Xlsx);
    assert_eq!(hint(b"%PDF-1.7"), Hint::Pdf);
    assert_eq!(hint(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1]), Hint::Xls);
    assert_eq!(hint("┌──┐\n│名称│".as_bytes()), Hint::BoxDrawing);
    assert_eq!(hint(b"<html><table>"), Hint::Html);
    assert_eq!(hint(b"a,b\n\0\0"), Hint::Binary);
    assert!(matches!(read(b""), Err(IntakeError::Empty)));
    assert!(matches!(read(b" , ,\n,,\n"), Err(IntakeError::OnlyBlankRows)));
}

#[test]
fn lines_are_counted_alike_whatever_ends_them() {
    let text = "标题,,\n实施机关,事项名称,办结时限\n甲局,\"取水\n许可\",5\n乙局,排水许可,6\n";
    let crlf = text.replace('\n', "\r\n");
    assert_eq!(read(crlf.as_bytes()).unwrap().0.header_line, 2);
    let lines = |text: &str| rows(text.as_bytes()).into_iter().map(|(line, ..)| line).collect::<Vec<_>>();
    assert_eq!(lines(text), [3, 5]);
    assert_eq!(lines(&crlf), [3, 5]);
    // A piece may end between the two letters of a line end.
    let long = format!("实施机关,事项名称,办结时限\r\n{}", "甲,乙,1\r\n".repeat(20_000));
    assert_eq!(rows(long.as_bytes()).last().unwrap().0, 20_001);
}

#[test]
fn a_missing_header_names_the_best_row_and_what_it_lacks() {
    match read("实施机关,办结时限,备注\n甲局,5,无\n".as_bytes()) {
        Err(IntakeError::NoHeader { best, missing }) => {
            assert_eq!(best[0].0, 1);
            assert_eq!(missing, ["name"]);
        }
        other => panic!("{:?}", other.map(|(opened, _)| opened)),
    }
}

#[test]
fn a_column_can_be_named_by_title_or_number() {
    let file = file("机构,项目,天数\n甲局,取水许可,5\n".as_bytes());
    let options =
        Options { map: vec![("name".into(), "项目".into()), ("limit".into(), "3".into())], header_row: Some(1), ..Options::default() };
    let (_, mut rows) = open(file.path(), FIELDS, &options).unwrap();
    let Some(Ok(Line::Row(row))) = rows.next() else { panic!() };
    assert_eq!((row.get("name"), row.get("limit"), row.get("organ")), (Some("取水许可"), Some("5"), None));
    let options = Options { map: vec![("nonsense".into(), "1".into())], ..Options::default() };
    assert!(matches!(open(file.path(), FIELDS, &options), Err(IntakeError::UnknownField { .. })));
}

#[test]
fn a_rejects_file_is_read_back_without_its_added_columns() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rejects.csv");
    let header: Vec<String> = ["实施机关", "事项名称", "办结时限"].map(String::from).into();
    let mut rejects = RejectsWriter::create(&path, &header).unwrap();
    rejects.write(&["甲局".into(), "取水许可".into(), "=1".into()], 7, "办结时限", "x", "why", "fix").unwrap();
    rejects.finish().unwrap();
    let (opened, mut rows) = open(&path, FIELDS, &Options::default()).unwrap();
    assert!(opened.ignored.is_empty());
    let Some(Ok(Line::Row(row))) = rows.next() else { panic!() };
    assert_eq!(row.get("limit"), Some("=1"));
}
