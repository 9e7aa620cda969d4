-- id: ARC-012
-- name: term-over-not-appraised
-- severity: low
-- title.zh: 保管期满待鉴定
-- title.en: Fixed-term file past its term, not appraised
-- clause: 机关档案管理规定 (鉴定销毁)
-- parameters: now_year
-- remedy.zh: 鉴定；销毁须有签批的清册
-- remedy.en: appraise it; destroy only with a signed list
-- why.zh: 保管期满的档案应当鉴定，确无保存价值的按规定销毁。
-- why.en: What is past its term is appraised, and destroyed only by the rules.
-- waivable: true
SELECT 'archive_item' AS t, a.archival_code AS k, a.retention || ' of ' || CAST(a.year AS TEXT) AS d
FROM archive_item a
WHERE a.status = 'kept' AND ((a.retention = 'D10' AND a.year + 10 < :now_year) OR (a.retention = 'D30' AND a.year + 30 < :now_year))
ORDER BY k, d
