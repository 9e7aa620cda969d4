-- id: EXC-008
-- name: classified-in-the-exchange
-- severity: critical
-- title.zh: 交换涉密公文
-- title.en: Classified document in the exchange
-- clause: 保守国家秘密法 2024 Art 31
-- parameters:
-- remedy.zh: 立即停止；报告
-- remedy.en: stop; report
-- why.zh: 涉密公文不得经非涉密的交换系统传输。
-- why.en: Classified matter does not travel through an exchange that is not cleared for it.
-- waivable: false
SELECT 'exchange_package' AS t, p.package_no AS k, COALESCE(d.doc_no_text, d.title) || ': ' || d.secrecy AS d
FROM exchange_package p JOIN document d ON d.id = p.document_id
WHERE d.secrecy <> 'none'
ORDER BY k, d
