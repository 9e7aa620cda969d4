-- id: DOC-005
-- name: issued-unsigned
-- severity: high
-- title.zh: 未经签发即印发
-- title.en: Issued without a signer or before signing
-- clause: 党政机关公文处理工作条例 (签发; 复核在签批之后)
-- parameters:
-- remedy.zh: 退回签发；查明谁放行
-- remedy.en: return it for signing; find out who let it pass
-- why.zh: 公文经签发方可印发，复核在签批之后。
-- why.en: A document is issued after it is signed, and checked again after that.
-- waivable: true
SELECT 'document' AS t, COALESCE(d.doc_no_text, d.title || ' #' || CAST(d.id AS TEXT)) AS k,
  CASE WHEN d.signer_id IS NULL THEN 'no signer' WHEN d.signed_at IS NULL THEN 'signing not dated'
    ELSE 'signed ' || substr(CAST(d.signed_at AS TEXT), 1, 10) || ', issued ' || CAST(COALESCE(d.printed_on, d.issued_on) AS TEXT) END AS d
FROM document d
WHERE d.direction = 'out' AND d.status IN ('issued', 'finished', 'archived')
  AND (d.signer_id IS NULL OR d.signed_at IS NULL OR substr(CAST(d.signed_at AS TEXT), 1, 10) > CAST(COALESCE(d.printed_on, d.issued_on) AS TEXT))
ORDER BY k, d
