-- id: DIS-001
-- name: published-late
-- severity: high
-- title.zh: 主动公开逾期
-- title.en: Active disclosure later than 20 working days
-- clause: 信息公开条例 2019 Art 26
-- parameters: now
-- remedy.zh: 尽快公开（swj disclosure publish）；报告迟延
-- remedy.en: publish it (swj disclosure publish); report the lateness
-- why.zh: 主动公开的政府信息，自形成或者变更之日起20个工作日内公开。
-- why.en: What is to be disclosed is out within 20 working days of the day it was formed or changed.
-- waivable: true
SELECT 'disclosure_item' AS t, r.index_no AS k,
  'due from ' || a.written || ', published ' || COALESCE(r.published, 'not yet') || ', ' || CAST(b.worked - a.worked AS TEXT) || ' working days' AS d
FROM (
  SELECT DISTINCT i.index_no, substr(CAST(CASE WHEN i.attribute_set_on > i.formed_on THEN i.attribute_set_on ELSE i.formed_on END AS TEXT), 1, 10) AS since,
    substr(CAST(i.published_at AS TEXT), 1, 10) AS published, substr(CAST(COALESCE(i.published_at, :now) AS TEXT), 1, 10) AS by_then
  FROM disclosure_item i
  WHERE i.attribute = 'active' AND i.status IN ('pending', 'published')
) r
CROSS JOIN calendar_axis a
CROSS JOIN calendar_axis b
WHERE a.written = r.since AND b.written = r.by_then AND b.worked - a.worked > 20
ORDER BY k, d
