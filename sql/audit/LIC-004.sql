-- id: LIC-004
-- name: extended-wrongly
-- severity: high
-- title.zh: 延期违规
-- title.en: Extension late, unapproved, or longer than 10 working days
-- clause: 行政许可法 Art 42
-- parameters:
-- remedy.zh: 延长无效：按原期限办理，记录过错
-- remedy.en: the extension is void: keep the first limit, record the fault
-- why.zh: 延长须经本机关负责人批准，在期限届满前作出，最长10个工作日，并告知理由。
-- why.en: An extension is approved by the head of the organ before the term ends, and is 10 working days at most.
-- waivable: true
SELECT 'license_case' AS t, q.no AS k,
  CASE WHEN q.extended_on IS NULL THEN 'extension not dated'
    WHEN q.extended_by IS NULL AND s.case_id IS NULL THEN 'extended without approval on record'
    WHEN q.extended_on > q.legal_due_on THEN 'due ' || CAST(q.legal_due_on AS TEXT) || ', extended ' || CAST(q.extended_on AS TEXT)
    WHEN q.legal_due_on = q.extended_due_on THEN 'extended ' || CAST(q.extended_on AS TEXT) || ', after the first limit'
    ELSE 'extended to ' || CAST(q.extended_due_on AS TEXT) || ', too long' END AS d
FROM license_case q
LEFT JOIN (SELECT DISTINCT case_id FROM license_case_special WHERE kind = '1' AND COALESCE(approved_by, '') <> '') s ON s.case_id = q.id
LEFT JOIN calendar_axis x ON x.written = CAST(q.extended_on AS TEXT)
LEFT JOIN calendar_axis a ON a.written = CAST(q.legal_due_on AS TEXT)
LEFT JOIN calendar_axis b ON b.written = CAST(q.extended_due_on AS TEXT)
WHERE q.extended_due_on IS NOT NULL
  AND (q.extended_on IS NULL OR (q.extended_by IS NULL AND s.case_id IS NULL)
    OR (q.legal_due_on <> q.extended_due_on AND (q.extended_on > q.legal_due_on OR b.worked - a.worked > 10))
    -- swj keeps the moved limit in both: less than the ten days left means that the first limit was over.
    OR (q.legal_due_on = q.extended_due_on AND b.worked - x.worked < 10))
ORDER BY k, d
