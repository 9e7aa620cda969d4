-- id: DOC-012
-- name: document-overdue
-- severity: high
-- title.zh: 公文逾期未办结
-- title.en: Document past its limit and not finished
-- clause: 党政机关公文处理工作条例 Art 24(4), (6)
-- parameters: now
-- remedy.zh: 由办公室催办，列入月度通报
-- remedy.en: urge it from the office; show it in the monthly table
-- why.zh: 公文应在时限内办结。
-- why.en: A document is finished within its limit.
-- waivable: true
SELECT 'document' AS t, COALESCE(d.doc_no_text, d.title || ' #' || CAST(d.id AS TEXT)) AS k, 'due ' || substr(CAST(d.due_at AS TEXT), 1, 16) || ', ' || d.status AS d
FROM document d
WHERE d.due_at < :now AND d.finished_at IS NULL AND d.status NOT IN ('finished', 'archived', 'void', 'returned')
ORDER BY k, d
