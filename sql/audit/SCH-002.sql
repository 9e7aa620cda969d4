-- id: SCH-002
-- name: schema-step-differs
-- severity: critical
-- title.zh: 结构校验值漂移
-- title.en: Migration text differs from the one shipped
-- clause: GB/T 22239 8.1.10.8 b
-- parameters: shipped_steps
-- remedy.zh: 查明谁改了；逐表、逐列、逐索引比对
-- remedy.en: find out who changed it; compare tables, columns and indexes
-- why.zh: 配置库应受控：所执行的结构文本与本程序发布的不同；只增不改的表，其触发器缺失、停用、改动或多出的也列出。
-- why.en: The configuration is under control: the text that was applied is not the one this program ships. A guard (trigger) of a table that only grows is listed too where it is missing, disabled, changed or added.
-- waivable: true
SELECT 'schema_migration' AS t, m.version AS k, m.name || ': applied ' || substr(m.checksum, 1, 16) || ', another text was shipped' AS d
FROM schema_migration m JOIN __diesel_schema_migrations h ON h.version = m.version
WHERE length(m.checksum) <> 64
  OR replace(' ' || :shipped_steps || ' ', ' ' || m.version || ':' || m.checksum || ' ', '') = ' ' || :shipped_steps || ' '
ORDER BY k, d
