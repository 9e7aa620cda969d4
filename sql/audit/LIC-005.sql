-- id: LIC-005
-- name: delivered-late
-- severity: medium
-- title.zh: 决定后十日内未送达
-- title.en: Licence not delivered in 10 working days
-- clause: 行政许可法 Art 44
-- parameters: today
-- remedy.zh: 立即送达（swj case deliver）
-- remedy.en: deliver it (swj case deliver)
-- why.zh: 自作出准予决定之日起10个工作日内颁发、送达许可证件。
-- why.en: What was granted is handed over within 10 working days of the decision.
-- waivable: true
SELECT 'license_case' AS t, q.no AS k,
  'decided ' || a.written || ', ' || COALESCE('delivered ' || CAST(q.delivered_on AS TEXT), 'not delivered') || ', '
    || CAST(b.worked - a.worked AS TEXT) || ' working days' AS d
FROM license_case q
CROSS JOIN calendar_axis a
CROSS JOIN calendar_axis b
WHERE a.day = q.decided_on AND b.day = COALESCE(q.delivered_on, :today)
  AND q.outcome = 'granted' AND b.worked - a.worked > 10
ORDER BY k, d
