-- id: DOC-009
-- name: classified-to-be-disclosed
-- severity: critical
-- title.zh: 标密文件标为主动公开
-- title.en: Classified document marked for disclosure
-- clause: 保守国家秘密法 2024 Art 35; 信息公开条例 Art 17
-- parameters:
-- remedy.zh: 立即撤回公开，报告保密办
-- remedy.en: withdraw it from publication at once, and report
-- why.zh: 公开前须经保密审查，涉密信息不得公开。
-- why.en: What is classified is not disclosed; review comes before publication.
-- waivable: false
SELECT 'document' AS t, COALESCE(d.doc_no_text, d.title || ' #' || CAST(d.id AS TEXT)) AS k, d.secrecy || ' / ' || d.disclose_attr AS d
FROM document d
WHERE d.secrecy <> 'none' AND d.disclose_attr IN ('active', 'on_request')
ORDER BY k, d
