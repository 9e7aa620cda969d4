-- id: DOC-014
-- name: steps-out-of-order
-- severity: medium
-- title.zh: 办理环节倒置
-- title.en: Steps done out of order
-- clause: 党政机关公文处理工作条例 Art 24, 25
-- parameters:
-- remedy.zh: 查明情况，加注更正记录
-- remedy.en: find out what happened, and correct the record with a note
-- why.zh: 发文先签发，后复核、登记、印制、核发；收文先登记，后承办、传阅。
-- why.en: Signing comes before rechecking, numbering, printing and dispatch; registration before handling and circulation.
-- waivable: true
WITH ends AS (
  SELECT document_id,
    MAX(CASE WHEN step = 'sign' THEN done_at END) AS signed,
    SUM(CASE WHEN step = 'sign' AND done_at IS NULL THEN 1 ELSE 0 END) AS unsigned,
    MIN(CASE WHEN step IN ('recheck', 'register', 'print', 'dispatch') THEN done_at END) AS sent,
    MAX(CASE WHEN step = 'receive_register' THEN done_at END) AS registered,
    SUM(CASE WHEN step = 'receive_register' AND done_at IS NULL THEN 1 ELSE 0 END) AS unregistered,
    MIN(CASE WHEN step IN ('undertake', 'circulate') THEN done_at END) AS handled
  FROM document_step
  GROUP BY document_id
)
SELECT 'document' AS t, COALESCE(d.doc_no_text, d.title || ' #' || CAST(d.id AS TEXT)) AS k,
  CASE WHEN e.sent IS NOT NULL AND (e.unsigned > 0 OR e.sent < e.signed) THEN 'issued before it was signed' ELSE 'handled before it was registered' END AS d
FROM ends e JOIN document d ON d.id = e.document_id
WHERE (e.sent IS NOT NULL AND (e.unsigned > 0 OR e.sent < e.signed))
  OR (e.handled IS NOT NULL AND (e.unregistered > 0 OR e.handled < e.registered))
ORDER BY k, d
