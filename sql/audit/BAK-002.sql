-- id: BAK-002
-- name: no-backup-today
-- severity: high
-- title.zh: 24小时内无备份
-- title.en: No good backup of any kind in a day
-- clause: GB/T 22239 8.1.10.11 b
-- parameters: incr_before
-- remedy.zh: swj backup run；再用 swj backup schedule 定时
-- remedy.en: swj backup run; then swj backup schedule, so that it runs by itself
-- why.zh: 每晚的备份没有跑成：昨天以来的工作没有第二份。
-- why.en: Last night's backup did not run: there is one copy only of the work since.
-- waivable: true
SELECT 'backup_run' AS t, 'any' AS k, COALESCE('last ' || substr(CAST(MAX(finished_at) AS TEXT), 1, 19), 'never') AS d
FROM backup_run
WHERE status = 'ok' AND damaged_at IS NULL
HAVING MAX(finished_at) IS NULL OR MAX(finished_at) < :incr_before
