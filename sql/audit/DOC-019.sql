-- id: DOC-019
-- name: finished-without-reply
-- severity: medium
-- title.zh: 应答复未答复即办结
-- title.en: Finished without the reply it needs
-- clause: 党政机关公文处理工作条例 Art 24(7)
-- parameters:
-- remedy.zh: 补作答复，或关联已作的答复
-- remedy.en: make the reply, or link the one that was made
-- why.zh: 公文的办理结果应当及时答复来文单位。
-- why.en: The outcome is told to the sender.
-- waivable: true
SELECT 'document' AS t, COALESCE(d.doc_no_text, d.title || ' #' || CAST(d.id AS TEXT)) AS k, 'needs a reply, ' || d.status AS d
FROM document d
WHERE d.direction = 'in' AND d.needs_reply = TRUE AND d.status IN ('finished', 'archived') AND d.reply_document_id IS NULL
ORDER BY k, d
