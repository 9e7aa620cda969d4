-- id: DIS-004
-- name: request-late-or-extended-wrongly
-- severity: high
-- title.zh: 答复或延期违规
-- title.en: Answered late; extended late, twice the term, or without approval
-- clause: 信息公开条例 Art 33
-- parameters:
-- remedy.zh: 记录过错；数字计入年度报告
-- remedy.en: record the fault; the figures go into the yearly report
-- why.zh: 延长须经同意、在期限届满前告知，且最长20个工作日（2008年条例为15个）。
-- why.en: An extension is approved, told before the term ends, and at most 20 working days (15 under the act of 2008).
-- waivable: true
WITH extension AS (
  SELECT request_id, MAX(on_date) AS extended_on, MAX(days) AS days FROM disclosure_request_event WHERE kind = 'extend' GROUP BY request_id
)
SELECT 'disclosure_request' AS t, q.no AS k,
  CASE WHEN q.replied_on > COALESCE(q.extended_due_on, q.due_on)
      THEN 'due ' || CAST(COALESCE(q.extended_due_on, q.due_on) AS TEXT) || ', answered ' || CAST(q.replied_on AS TEXT)
    WHEN e.request_id IS NULL AND q.extended_by IS NULL THEN 'extended without approval on record'
    WHEN e.extended_on > q.due_on THEN 'due ' || CAST(q.due_on AS TEXT) || ', extended ' || CAST(e.extended_on AS TEXT)
    ELSE 'extended to ' || CAST(q.extended_due_on AS TEXT) || ', too long' END AS d
FROM disclosure_request q
LEFT JOIN extension e ON e.request_id = q.id
LEFT JOIN calendar_axis a ON a.written = CAST(q.due_on AS TEXT)
LEFT JOIN calendar_axis b ON b.written = CAST(q.extended_due_on AS TEXT)
WHERE q.replied_on > COALESCE(q.extended_due_on, q.due_on)
  OR (q.extended_due_on IS NOT NULL
    AND ((e.request_id IS NULL AND q.extended_by IS NULL) OR e.extended_on > q.due_on
      OR COALESCE(e.days, b.worked - a.worked) > CASE q.regime WHEN '2008' THEN 15 ELSE 20 END))
ORDER BY k, d
