-- id: ARC-002
-- name: code-not-its-parts
-- severity: high
-- title.zh: 档号与构成项不一致
-- title.en: Archival code does not equal its parts
-- clause: DA/T 22-2015 5.4; DA/T 13-2022
-- parameters:
-- remedy.zh: 核对档号与各构成项；档号一经确定不得随意更改
-- remedy.en: compare code and parts; a code once fixed is not changed lightly
-- why.zh: 档号由全宗号、门类、年度、保管期限、机构（问题）代码、件号组成。
-- why.en: The code is fonds, category, year, retention, organ and item number.
-- waivable: true
SELECT 'archive_item' AS t, a.archival_code AS k,
  'parts give ' || a.fonds_no || '-' || a.category || '·' || CAST(a.year AS TEXT) || '-' || a.retention || '-' || a.org_code || '-' || CASE WHEN a.item_no > 999 THEN '' WHEN a.item_no > 99 THEN '0' WHEN a.item_no > 9 THEN '00' ELSE '000' END || CAST(a.item_no AS TEXT) AS d
FROM archive_item a
WHERE a.archival_code <> a.fonds_no || '-' || a.category || '·' || CAST(a.year AS TEXT) || '-' || a.retention || '-' || a.org_code || '-' || CASE WHEN a.item_no > 999 THEN '' WHEN a.item_no > 99 THEN '0' WHEN a.item_no > 9 THEN '00' ELSE '000' END || CAST(a.item_no AS TEXT)
ORDER BY k, d
