-- id: UNI-001
-- name: parent-missing
-- severity: high
-- title.zh: 上级单位缺失或已撤销
-- title.en: Parent unit missing or closed
-- clause: local: unit tree
-- parameters:
-- remedy.zh: swj unit move 编码 --to 上级编码
-- remedy.en: swj unit move CODE --to PARENT
-- why.zh: 上级单位缺失，统计和权限都会落空。
-- why.en: Without its parent a unit falls out of figures and rights.
-- waivable: true
SELECT 'unit' AS t, c.code AS k, COALESCE('parent ' || p.code || ' closed', 'no parent') AS d
FROM unit c LEFT JOIN unit p ON p.id = c.parent_id
WHERE c.status = 'active' AND c.kind NOT IN ('bureau', 'external') AND (p.id IS NULL OR p.status = 'closed')
ORDER BY k, d
