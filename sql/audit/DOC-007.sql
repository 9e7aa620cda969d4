-- id: DOC-007
-- name: classified-on-the-oa
-- severity: critical
-- title.zh: 非涉密系统存储涉密公文
-- title.en: Classified document in a system not cleared for it
-- clause: 保守国家秘密法 2024 Art 31(3); seed: only 非涉密文件 on the OA
-- parameters:
-- remedy.zh: 立即停止处理，报告保密办；不得自行删除，保护现场
-- remedy.en: stop, report to the secrecy office; do not delete it, keep the scene
-- why.zh: 涉密信息不得在非涉密系统中存储、处理、传输。
-- why.en: A system that is not cleared may not hold classified matter.
-- waivable: false
SELECT 'document' AS t, COALESCE(d.doc_no_text, d.title || ' #' || CAST(d.id AS TEXT)) AS k, d.secrecy AS d
FROM document d
WHERE d.secrecy <> 'none'
ORDER BY k, d
