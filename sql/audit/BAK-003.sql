-- id: BAK-003
-- name: no-offsite-copy
-- severity: high
-- title.zh: 无异地备份
-- title.en: No good off-site copy within the term
-- clause: GB/T 22239 8.1.4.9 b (level 2: timed transfer; level 3: real time)
-- parameters: full_before, today
-- remedy.zh: swj backup copy --to 异地备份库
-- remedy.en: swj backup copy --to FOLDER (the off-site repository)
-- why.zh: 机房起火进水时，同一处的备份与数据库一起没有。
-- why.en: Fire or water takes a backup kept in the same place along with the database.
-- waivable: true
SELECT 'backup_run' AS t, 'offsite' AS k, COALESCE('last ' || substr(CAST(MAX(finished_at) AS TEXT), 1, 19), 'never') AS d
FROM backup_run
WHERE target = 'offsite' AND status = 'ok' AND damaged_at IS NULL AND (expires_on IS NULL OR expires_on > :today)
HAVING MAX(finished_at) IS NULL OR MAX(finished_at) < :full_before
