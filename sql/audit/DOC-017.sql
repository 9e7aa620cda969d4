-- id: DOC-017
-- name: circulated-unread
-- severity: low
-- title.zh: 传阅件长期未阅
-- title.en: Circulated paper unread for more than 5 working days
-- clause: 党政机关公文处理工作条例 Art 24(5)
-- parameters: today
-- remedy.zh: 提醒阅件人
-- remedy.en: remind the reader
-- why.zh: 传阅应随时掌握去向，不得漏传、误传、延误。
-- why.en: Of a circulated paper it is known where it is; nobody is left out, nothing delayed.
-- waivable: true
SELECT 'document_step' AS t, COALESCE(d.doc_no_text, d.title || ' #' || CAST(d.id AS TEXT)) || ' ' || CAST(s.seq AS TEXT) || ' ' || s.step AS k,
  'sent ' || substr(CAST(s.assigned_at AS TEXT), 1, 10) || COALESCE(' to ' || u.login_name, '') || ', ' || CAST(b.worked - a.worked AS TEXT) || ' working days' AS d
FROM document_step s
JOIN document d ON d.id = s.document_id
CROSS JOIN calendar_axis a
CROSS JOIN calendar_axis b
LEFT JOIN oa_user u ON u.id = s.assignee_id
WHERE a.written = substr(CAST(s.assigned_at AS TEXT), 1, 10) AND b.day = :today
  AND s.step = 'circulate' AND s.read_at IS NULL AND s.done_at IS NULL AND d.status NOT IN ('void', 'returned') AND b.worked - a.worked > 5
ORDER BY k, d
