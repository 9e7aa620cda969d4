-- id: DIS-009
-- name: published-from-a-withheld-source
-- severity: critical
-- title.zh: 公开信息含标密来源
-- title.en: Published item comes from a classified or withheld document
-- clause: 保守国家秘密法 2024 Art 35
-- parameters:
-- remedy.zh: 立即撤回（swj disclosure withdraw）
-- remedy.en: withdraw it now (swj disclosure withdraw)
-- why.zh: 公开的信息不得出自涉密或者不予公开的公文。
-- why.en: What is published does not come from a document that is classified or withheld.
-- waivable: true
SELECT 'disclosure_item' AS t, i.index_no AS k, COALESCE(d.doc_no_text, d.title) || ': ' || d.secrecy || '/' || COALESCE(d.disclose_attr, '?') AS d
FROM disclosure_item i JOIN document d ON d.id = i.document_id
WHERE i.status = 'published' AND (d.secrecy <> 'none' OR d.disclose_attr = 'none')
ORDER BY k, d
