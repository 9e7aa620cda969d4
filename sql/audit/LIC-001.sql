-- id: LIC-001
-- name: case-past-its-legal-limit
-- severity: critical
-- title.zh: 办件超法定期限
-- title.en: Case past its legal limit
-- clause: 行政许可法 Art 42, 45
-- parameters: today
-- remedy.zh: 立即作出决定；亮双红灯，上报
-- remedy.en: decide it; a double red card, reported upward
-- why.zh: 自受理之日起20个工作日内作出决定，经批准可延长10个工作日；特别程序所需时间不计算在内。
-- why.en: A decision is made within 20 working days of acceptance, extended by 10 at most; special procedures stop the clock.
-- waivable: true
SELECT 'license_case' AS t, q.no AS k, 'due ' || CAST(COALESCE(q.extended_due_on, q.legal_due_on) AS TEXT) || ', ' || q.status AS d
FROM license_case q
WHERE q.status IN ('accepted', 'review') AND q.decided_on IS NULL AND COALESCE(q.extended_due_on, q.legal_due_on) < :today
  AND NOT EXISTS (SELECT 1 FROM license_case_special p WHERE p.case_id = q.id AND p.kind = '2' AND p.ended_on IS NULL AND p.started_on <= COALESCE(q.extended_due_on, q.legal_due_on))
ORDER BY k, d
