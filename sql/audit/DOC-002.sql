-- id: DOC-002
-- name: number-used-twice
-- severity: high
-- title.zh: 发文字号重复
-- title.en: Document number used twice
-- clause: 条例 Art 25 (登记 fixes the number)
-- parameters:
-- remedy.zh: 作废其中一份，并登记废号
-- remedy.en: void one of them and register its number as void
-- why.zh: 发文字号经登记确定，一号一文。
-- why.en: Registration fixes the number: one number, one document.
-- waivable: true
SELECT 'document' AS t, d.doc_word || '〔' || CAST(d.doc_year AS TEXT) || '〕' || CAST(d.doc_no AS TEXT) || '号' AS k,
  CAST(COUNT(*) AS TEXT) || ' documents: ' || MIN(d.title) || ', ' || MAX(d.title) AS d
FROM document d
WHERE d.direction = 'out' AND d.status <> 'void' AND d.doc_word IS NOT NULL AND d.doc_year IS NOT NULL AND d.doc_no IS NOT NULL
GROUP BY d.doc_word, d.doc_year, d.doc_no
HAVING COUNT(*) > 1
ORDER BY k, d
