-- id: UNI-002
-- name: unit-cycle
-- severity: high
-- title.zh: 单位树成环
-- title.en: Cycle in the unit tree
-- clause: local: unit tree
-- parameters:
-- remedy.zh: 用 swj unit import 为其中一个写上正确的上级，或 swj unit move
-- remedy.en: swj unit import with the right parent for one of them, or swj unit move
-- why.zh: 单位互为上级，汇总将永无止境。
-- why.en: Units above each other make totals endless.
-- waivable: true
WITH RECURSIVE up(start_id, id, n) AS (
  SELECT id, parent_id, 1 FROM unit WHERE parent_id IS NOT NULL
  UNION ALL
  SELECT up.start_id, u.parent_id, up.n + 1 FROM up JOIN unit u ON u.id = up.id WHERE u.parent_id IS NOT NULL AND up.n < 20
)
SELECT DISTINCT 'unit' AS t, u.code AS k, 'reaches itself' AS d
FROM up JOIN unit u ON u.id = up.start_id
WHERE up.id = up.start_id
ORDER BY k, d
