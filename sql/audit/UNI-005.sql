-- id: UNI-005
-- name: wrong-level
-- severity: low
-- title.zh: 单位级次不符
-- title.en: Level is not parent level + 1
-- clause: local: unit tree
-- parameters:
-- remedy.zh: 用 swj unit import 导入单位表，层级随之更正
-- remedy.en: swj unit import of the tree sets the levels
-- why.zh: 级次应为上级加一，否则树形统计出错。
-- why.en: A level that is not parent + 1 spoils figures by level.
-- waivable: true
SELECT 'unit' AS t, c.code AS k, CAST(c.level AS TEXT) || ' under ' || CAST(p.level AS TEXT) AS d
FROM unit c JOIN unit p ON p.id = c.parent_id
WHERE c.level <> p.level + 1
ORDER BY k, d
