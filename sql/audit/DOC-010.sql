-- id: DOC-010
-- name: urgent-without-limit
-- severity: high
-- title.zh: 紧急来文未定时限
-- title.en: Urgent incoming document without a time limit
-- clause: 党政机关公文处理工作条例 Art 24(4): 紧急公文应当明确办理时限
-- parameters:
-- remedy.zh: 明确办理时限
-- remedy.en: set the time limit
-- why.zh: 紧急公文应当明确办理时限。
-- why.en: An urgent document gets a time limit.
-- waivable: true
SELECT 'document' AS t, COALESCE(d.doc_no_text, d.title || ' #' || CAST(d.id AS TEXT)) AS k, d.urgency || ', received ' || COALESCE(substr(CAST(d.received_at AS TEXT), 1, 16), '?') AS d
FROM document d
WHERE d.direction = 'in' AND d.urgency <> 'normal' AND d.due_at IS NULL AND d.status NOT IN ('void', 'returned')
ORDER BY k, d
