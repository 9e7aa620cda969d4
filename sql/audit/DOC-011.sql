-- id: DOC-011
-- name: overdue-not-urged
-- severity: medium
-- title.zh: 环节超期未催办
-- title.en: Overdue step never urged
-- clause: 党政机关公文处理工作条例 Art 24(6)
-- parameters: now
-- remedy.zh: 催办，并记录催办时间
-- remedy.en: urge the person, and note when
-- why.zh: 办理应及时催办，紧急、重要公文由专人负责。
-- why.en: Handling is followed up; urgent and important papers by a named person.
-- waivable: true
SELECT 'document_step' AS t, COALESCE(d.doc_no_text, d.title || ' #' || CAST(d.id AS TEXT)) || ' ' || CAST(s.seq AS TEXT) || ' ' || s.step AS k, 'due ' || substr(CAST(s.due_at AS TEXT), 1, 16) AS d
FROM document_step s JOIN document d ON d.id = s.document_id
WHERE s.done_at IS NULL AND s.due_at < :now AND s.urge_count = 0 AND d.status NOT IN ('void', 'returned')
ORDER BY k, d
