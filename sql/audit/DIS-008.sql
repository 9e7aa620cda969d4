-- id: DIS-008
-- name: not-in-the-register
-- severity: high
-- title.zh: 应公开公文未进公开目录
-- title.en: Document marked 主动公开 with no catalogue entry
-- clause: 信息公开条例 2019 Art 26
-- parameters:
-- remedy.zh: 登入公开目录（swj disclosure add、collect）
-- remedy.en: enter it in the register (swj disclosure add, collect)
-- why.zh: 标为主动公开的公文应当进入公开目录。
-- why.en: A document marked for active disclosure stands in the register.
-- waivable: true
SELECT 'document' AS t, COALESCE(d.doc_no_text, d.title || ' #' || CAST(d.id AS TEXT)) AS k, 'issued ' || COALESCE(CAST(d.issued_on AS TEXT), '?') || ', not in the register' AS d
FROM document d
WHERE d.direction = 'out' AND d.status IN ('issued', 'finished', 'archived') AND d.disclose_attr = 'active'
  AND NOT EXISTS (SELECT 1 FROM disclosure_item i WHERE i.document_id = d.id)
ORDER BY k, d
