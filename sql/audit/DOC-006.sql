-- id: DOC-006
-- name: request-to-many
-- severity: medium
-- title.zh: 请示多头主送或抄送下级
-- title.en: 请示 with more than one main recipient, or copied downward
-- clause: 党政机关公文处理工作条例 (行文规则: 请示)
-- parameters:
-- remedy.zh: 发出前改正主送、抄送
-- remedy.en: correct the recipients before it goes out
-- why.zh: 请示只主送一个上级机关，不得抄送下级机关。
-- why.en: A 请示 goes to one superior and is not copied downward.
-- waivable: true
SELECT 'document' AS t, COALESCE(d.doc_no_text, d.title || ' #' || CAST(d.id AS TEXT)) AS k,
  CAST(SUM(CASE WHEN r.kind = 'main' THEN 1 ELSE 0 END) AS TEXT) || ' main recipients, '
    || CAST(SUM(CASE WHEN r.kind = 'copy' AND n.kind IN ('subordinate', 'district') THEN 1 ELSE 0 END) AS TEXT) || ' copies downward' AS d
FROM document d
LEFT JOIN document_recipient r ON r.document_id = d.id
LEFT JOIN unit n ON n.id = r.unit_id
WHERE d.direction = 'out' AND d.type_code = 'qingshi' AND d.status IN ('issued', 'finished', 'archived')
GROUP BY d.id, d.doc_no_text, d.title
HAVING SUM(CASE WHEN r.kind = 'main' THEN 1 ELSE 0 END) <> 1
  OR SUM(CASE WHEN r.kind = 'copy' AND n.kind IN ('subordinate', 'district') THEN 1 ELSE 0 END) > 0
ORDER BY k, d
