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
SELECT 'disclosure_item' AS t, i.index_no AS k,
  'due from ' || a.written || ', published ' || COALESCE(substr(CAST(i.published_at AS TEXT), 1, 10), 'not yet') || ', '
    || CAST(b.worked - a.worked AS TEXT) || ' working days' AS d
FROM disclosure_item i
CROSS JOIN calendar_axis a
CROSS JOIN calendar_axis b
WHERE a.day = CASE WHEN i.attribute_set_on > i.formed_on THEN i.attribute_set_on ELSE i.formed_on END AND b.written = substr(CAST(COALESCE(i.published_at, :now) AS TEXT), 1, 10)
  AND i.attribute = 'active' AND i.status IN ('pending', 'published') AND b.worked - a.worked > 20
ORDER BY k, d
