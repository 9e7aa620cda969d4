-- id: BAK-001
-- name: full-backup-overdue
-- severity: critical
-- title.zh: 全量备份过期
-- title.en: No good full backup within the term
-- clause: GB/T 22239 8.1.4.9 a, 8.1.10.11 b (interval local); L3-CES1-29
-- parameters: full_before, today
-- remedy.zh: swj backup run
-- remedy.en: swj backup run
-- why.zh: 没有近期的完好全量备份，数据库一旦损坏就无从恢复。
-- why.en: Without a good full backup of late, a damaged database cannot be brought back.
-- waivable: false
SELECT 'backup_run' AS t, 'full' AS k, COALESCE('last ' || substr(CAST(MAX(finished_at) AS TEXT), 1, 19), 'never') AS d
FROM backup_run
WHERE kind = 'full' AND status = 'ok' AND damaged_at IS NULL AND (expires_on IS NULL OR expires_on > :today)
HAVING MAX(finished_at) IS NULL OR MAX(finished_at) < :full_before
