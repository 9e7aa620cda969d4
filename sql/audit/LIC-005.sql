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
SELECT 'license_case' AS t, r.no AS k,
  'decided ' || a.written || ', ' || COALESCE('delivered ' || r.delivered, 'not delivered') || ', ' || CAST(b.worked - a.worked AS TEXT) || ' working days' AS d
FROM (
  SELECT DISTINCT q.no, CAST(q.decided_on AS TEXT) AS decided, CAST(q.delivered_on AS TEXT) AS delivered,
    CAST(COALESCE(q.delivered_on, :today) AS TEXT) AS by_then
  FROM license_case q
  WHERE q.outcome = 'granted' AND q.decided_on IS NOT NULL
) r
CROSS JOIN calendar_axis a
CROSS JOIN calendar_axis b
WHERE a.written = r.decided AND b.written = r.by_then AND b.worked - a.worked > 10
ORDER BY k, d
