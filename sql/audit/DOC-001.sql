-- id: DOC-001
-- name: number-not-its-parts
-- severity: medium
-- title.zh: 发文字号与要素不一致
-- title.en: Printed number does not equal word〔year〕no号
-- clause: GB/T 9704-2012 7.2.5 (six-angle brackets, full year, no leading zero, no 第)
-- parameters:
-- remedy.zh: 按发文代字、年份、序号改正发文字号
-- remedy.en: correct the printed number after its word, year and number
-- why.zh: 发文字号由机关代字、年份、序号组成：年份用全称加六角括号，序号不编虚位、不加“第”。
-- why.en: The number is printed as word, full year in six-angle brackets, and number without leading zero or 第.
-- waivable: true
SELECT 'document' AS t, COALESCE(d.doc_no_text, d.title || ' #' || CAST(d.id AS TEXT)) AS k,
  'printed ' || COALESCE(d.doc_no_text, '(none)') || ', parts '
    || COALESCE(d.doc_word || '〔' || CAST(d.doc_year AS TEXT) || '〕' || CAST(d.doc_no AS TEXT) || '号', '(incomplete)') AS d
FROM document d
WHERE d.direction = 'out' AND d.status IN ('signed', 'issued', 'finished', 'archived')
  AND (d.doc_no_text IS NULL OR d.doc_word IS NULL OR d.doc_year IS NULL OR d.doc_no IS NULL
    OR d.doc_no_text <> d.doc_word || '〔' || CAST(d.doc_year AS TEXT) || '〕' || CAST(d.doc_no AS TEXT) || '号')
ORDER BY k, d
