-- id: SCH-001
-- name: schema-step-unaccounted
-- severity: high
-- title.zh: 结构版本失败或缺失
-- title.en: Step of the schema noted and not applied, or applied and not noted
-- clause: GB/T 22239 8.1.10.8, 8.1.10.10
-- parameters:
-- remedy.zh: 查明谁改了结构；必要时从备份恢复（swj db status）
-- remedy.en: find out who changed the schema; restore if need be (swj db status)
-- why.zh: 变更应经审批、可追溯：结构的一步登记了却未执行，或执行了却未登记。
-- why.en: A change is approved and traceable: a step of the schema is noted and was not applied, or was applied and not noted.
-- waivable: true
SELECT 'schema_migration' AS t, m.version AS k, m.name || ': noted, not applied' AS d
FROM schema_migration m LEFT JOIN __diesel_schema_migrations h ON h.version = m.version
WHERE h.version IS NULL
UNION ALL
SELECT 'schema_migration' AS t, h.version AS k, 'applied, not noted' AS d
FROM __diesel_schema_migrations h LEFT JOIN schema_migration m ON m.version = h.version
WHERE m.version IS NULL
ORDER BY k, d
