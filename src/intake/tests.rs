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
    assert_eq!((opened.encoding, opened.delimiter, opened.header_line), ("GB18030", Some(','), 3));
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
    assert!(matches!(read(b"PK\x03\x04rest"), Err(IntakeError::BadWorkbook(_))));
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

#[test]
fn a_word_written_down_a_merged_column_is_joined() {
    // M3: the organ down four rows, one character a row.
    let rows = rows(
        "实施机关,事项名称,办结时限\n市,取水许可,1\n水,排水许可,2\n务,采砂许可,3\n局,凿井许可,4\n,开工许可,5\n甲局,另一许可,6\n".as_bytes(),
    );
    assert!(rows[..5].iter().all(|row| row.1 == "市水务局"), "{rows:?}");
    assert_eq!(rows[5].1, "甲局");
}

#[test]
fn a_group_over_two_words_makes_the_fields_name() {
    const LIMITS: &[Field] = &[
        Field { key: "name", aliases: &["事项名称"], required: true, carry_down: false },
        Field { key: "legal", aliases: &["法定办结时限"], required: false, carry_down: false },
        Field { key: "promise", aliases: &["承诺办结时限"], required: false, carry_down: false },
    ];
    let file = file("事项名称,办结时限,\n,法定,承诺\n取水许可,45,20\n".as_bytes());
    let (opened, rows) = open(file.path(), LIMITS, &Options::default()).unwrap();
    assert_eq!(opened.header, ["事项名称", "法定办结时限", "承诺办结时限"]);
    assert_eq!(rows.count(), 1);
}

#[test]
fn labels_beside_values_are_read_as_rows() {
    let text = "职权名称信息表\n事项名称,取水许可\n实施机关,市水务局\n办结时限,20\n\n事项名称,排水许可\n实施机关,市水务局\n办结时限,10\n";
    assert_eq!(rows(text.as_bytes()), vec![row(2, "市水务局", "取水许可", "20"), row(6, "市水务局", "排水许可", "10")]);
    // A grid of two labels a line.
    let grid = "事项名称,取水许可,办结时限,20\n实施机关,市水务局,,\n事项名称,排水许可,办结时限,10\n实施机关,乙局,,\n";
    assert_eq!(rows(grid.as_bytes())[1], row(3, "乙局", "排水许可", "10"));
}

#[test]
fn a_full_width_comma_parts_cells_only_when_asked() {
    let text = "实施机关，事项名称\n市水务局，取水许可\n";
    assert!(matches!(read(text.as_bytes()), Err(IntakeError::NoHeader { .. })));
    let options = Options { delimiter: Some('，'), ..Options::default() };
    let (opened, rows) = open(file(text.as_bytes()).path(), FIELDS, &options).unwrap();
    assert_eq!((opened.delimiter, rows.count()), (Some('，'), 1));
}

/// A workbook as an office makes it: titles, merged cells, a hidden row, a second sheet.
fn workbook() -> tempfile::NamedTempFile {
    use rust_xlsxwriter::{Format, Workbook};
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("水务局").unwrap();
    sheet.merge_range(0, 0, 0, 2, "某市行政许可事项目录", &Format::new()).unwrap();
    for (column, title) in ["实施机关", "事项名称", "办结时限"].iter().enumerate() {
        sheet.write(1, column as u16, *title).unwrap();
    }
    sheet.merge_range(2, 0, 4, 0, "市水务局", &Format::new()).unwrap();
    for (at, (name, days)) in [("取水许可", 45), ("排水许可", 20), ("采砂许可", 30)].iter().enumerate() {
        sheet.write(at as u32 + 2, 1, *name).unwrap();
        sheet.write(at as u32 + 2, 2, *days).unwrap();
    }
    sheet.set_row_hidden(3).unwrap();
    sheet.merge_range(5, 0, 5, 2, "注：以上均可网上办理", &Format::new()).unwrap();
    for row in 6..5_000 {
        sheet.write_blank(row, 1, &Format::new().set_bold()).unwrap();
    }
    let other = book.add_worksheet().set_name("环保局").unwrap();
    other.write(0, 0, "实施机关").unwrap();
    other.write(0, 1, "事项名称").unwrap();
    other.write(1, 0, "市环保局").unwrap();
    other.write(1, 1, "排污口审核").unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    book.save(file.path()).unwrap();
    file
}

#[test]
fn a_workbook_is_read_with_merged_cells_filled_and_hidden_rows_told() {
    let file = workbook();
    let (opened, lines) = open(file.path(), FIELDS, &Options::default()).unwrap();
    assert_eq!((opened.encoding, opened.sheet.as_deref(), opened.header_line), ("XLSX", Some("水务局"), 2));
    assert_eq!((opened.hidden_rows, opened.other_sheets.as_slice()), (1, ["环保局".to_owned()].as_slice()));
    let mut rows = Vec::new();
    let mut skipped = 0;
    for line in lines {
        match line.unwrap() {
            Line::Row(found) => rows.push((found.line, found.get("organ").unwrap().to_owned(), found.get("limit").unwrap().to_owned())),
            Line::Skipped { .. } => skipped += 1,
        }
    }
    let expected = [(3, "45"), (4, "20"), (5, "30")].map(|(line, days)| (line, "市水务局".to_owned(), days.to_owned()));
    assert_eq!(rows, expected);
    assert_eq!(skipped, 1, "the remark below; thousands of formatted blank rows are nothing");
}

#[test]
fn t7_a_sheet_is_chosen_by_name_or_number() {
    let file = workbook();
    for wanted in ["环保局", "2"] {
        let options = Options { sheet: Some(wanted.into()), ..Options::default() };
        let (opened, rows) = open(file.path(), FIELDS, &options).unwrap();
        assert_eq!((opened.sheet.as_deref(), rows.count()), (Some("环保局"), 1));
    }
    let options = Options { sheet: Some("财政局".into()), ..Options::default() };
    assert!(matches!(open(file.path(), FIELDS, &options), Err(IntakeError::NoSheet { known, .. }) if known.len() == 2));
}

#[test]
fn a_broken_workbook_is_refused_without_a_panic() {
    let bytes = std::fs::read(workbook().path()).unwrap();
    for cut in [8, 100, bytes.len() / 2, bytes.len() - 10] {
        let broken = file(&bytes[..cut]);
        match open(broken.path(), FIELDS, &Options::default()) {
            Err(_) => {}
            Ok((_, mut rows)) => assert!(rows.any(|row| row.is_err())),
        }
    }
}
