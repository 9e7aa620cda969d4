-- id: INF-001
-- name: column-not-updated
-- severity: medium
-- title.zh: 栏目超期未更新
-- title.en: Web column not updated within its interval
-- clause: 信息发布制度; 政府网站发展指引 (更新)
-- parameters: today
-- remedy.zh: 通知栏目保障单位更新
-- remedy.en: tell the unit that keeps it
-- why.zh: 栏目应按规定周期更新，长期空白即“僵尸栏目”。
-- why.en: A column is updated within its interval; one that is not is dead.
-- waivable: true
SELECT 'portal_column' AS t, p.code AS k, COALESCE('last ' || a.written, 'never') || ', every ' || CAST(p.update_days AS TEXT) || ' days' AS d
FROM portal_column p
CROSS JOIN calendar_axis b
LEFT JOIN (SELECT column_id, substr(CAST(MAX(published_at) AS TEXT), 1, 10) AS last_on FROM info_item WHERE status = 'published' GROUP BY column_id) i
  ON i.column_id = p.id
LEFT JOIN calendar_axis a ON a.written = i.last_on
WHERE b.day = :today
  AND p.status = 'active' AND p.update_days IS NOT NULL AND (a.number IS NULL OR b.number - a.number > p.update_days)
ORDER BY k, d
