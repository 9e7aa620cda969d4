-- id: DOC-016
-- name: no-hashed-body
-- severity: high
-- title.zh: 公文缺正文或缺校验值
-- title.en: Issued or received document without a body file or without a hash
-- clause: GB/T 22239 8.1.4.7 b; DA/T 70
-- parameters:
-- remedy.zh: 补正文，计算校验值
-- remedy.en: attach the body, compute its hash
-- why.zh: 办理中和办结的公文应有正文及其校验值，否则无从证明未被改动。
-- why.en: A document in hand has its body and the hash of it; without them nobody can show that it was not changed.
-- waivable: true
SELECT 'document' AS t, COALESCE(d.doc_no_text, d.title || ' #' || CAST(d.id AS TEXT)) AS k, d.status || ', no hashed body' AS d
FROM document d
WHERE d.status IN ('issued', 'registered', 'handling', 'finished', 'archived')
  AND NOT EXISTS (SELECT 1 FROM document_file f WHERE f.document_id = d.id AND f.kind = 'body' AND f.bytes > 0 AND f.sha256 IS NOT NULL)
ORDER BY k, d
