-- id: DOC-018
-- name: no-disclosure-attribute
-- severity: high
-- title.zh: 发文未定公开属性
-- title.en: Issued document without a disclosure attribute, or withheld without a reason
-- clause: 信息公开条例 Art 17; attribute fixed when the document is made
-- parameters:
-- remedy.zh: 拟稿人提出公开属性，办公室审查；不公开的写明理由
-- remedy.en: the drafter proposes the attribute, the office reviews it; withheld with its reason
-- why.zh: 公开属性在公文制作时确定，不公开应当有理由。
-- why.en: The attribute is fixed when the document is made; withholding has a reason.
-- waivable: true
SELECT 'document' AS t, COALESCE(d.doc_no_text, d.title || ' #' || CAST(d.id AS TEXT)) AS k, COALESCE('withheld without a reason: ' || d.disclose_attr, 'no attribute') AS d
FROM document d
WHERE d.direction = 'out' AND d.status IN ('issued', 'finished', 'archived')
  AND (d.disclose_attr IS NULL OR (d.disclose_attr = 'none' AND COALESCE(d.disclose_reason, '') = ''))
ORDER BY k, d
