-- id: INF-003
-- name: adoption-without-points
-- severity: low
-- title.zh: 采用未计分
-- title.en: Adoption without points
-- clause: local (计分办法)
-- parameters:
-- remedy.zh: 补计分
-- remedy.en: score it
-- why.zh: 采用应按计分办法计分，计入年度考核。
-- why.en: An adoption is scored and counts in the yearly assessment.
-- waivable: true
SELECT 'info_adoption' AS t, i.title || ' #' || CAST(i.id AS TEXT) || ' / ' || a.level || ' ' || a.medium AS k, 'adopted ' || CAST(a.adopted_on AS TEXT) AS d
FROM info_adoption a JOIN info_item i ON i.id = a.info_item_id
WHERE a.points IS NULL
ORDER BY k, d
