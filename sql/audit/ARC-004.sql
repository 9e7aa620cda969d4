-- id: ARC-004
-- name: item-numbers-with-gaps
-- severity: medium
-- title.zh: 件号不连续
-- title.en: Gap in item numbers of one series
-- clause: DA/T 22-2015; DA/T 70 完整性 (连续性元数据项检测)
-- parameters:
-- remedy.zh: 移交前补齐，或在备考表中说明
-- remedy.en: close the gap before the transfer, or explain it in 备考
-- why.zh: 同一最低级类目内件号从1起连续编。
-- why.en: Inside one series items are numbered from 1 without gaps.
-- waivable: true
SELECT 'archive_item' AS t, a.fonds_no || '-' || a.category || '·' || CAST(a.year AS TEXT) || '-' || a.retention || '-' || a.org_code AS k,
  CAST(COUNT(DISTINCT a.item_no) AS TEXT) || ' numbers, ' || CAST(MIN(a.item_no) AS TEXT) || ' to ' || CAST(MAX(a.item_no) AS TEXT) AS d
FROM archive_item a
GROUP BY a.fonds_no, a.category, a.year, a.retention, a.org_code
HAVING MAX(a.item_no) <> COUNT(DISTINCT a.item_no) OR MIN(a.item_no) <> 1
ORDER BY k, d
