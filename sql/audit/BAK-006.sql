-- id: BAK-006
-- name: backup-shrunk
-- severity: medium
-- title.zh: 备份体积骤减
-- title.en: Full backup more than 30% smaller than the one before
-- clause: local
-- parameters: today
-- remedy.zh: 在较早的备份过期之前，用 swj backup show 比较两个快照，查清少了什么
-- remedy.en: before the older one expires, compare the two with swj backup show and look for lost tables
-- why.zh: 备份突然变小，往往是数据丢了。
-- why.en: A backup that suddenly shrinks has often lost data.
-- waivable: true
SELECT 'backup_run' AS t, CAST(b.id AS TEXT) AS k, CAST(a.bytes AS TEXT) || ' -> ' || CAST(b.bytes AS TEXT) AS d
FROM backup_run b
JOIN backup_run a ON a.id = (SELECT MAX(x.id) FROM backup_run x
                             WHERE x.id < b.id AND x.kind = 'full' AND x.status = 'ok' AND x.target = b.target)
WHERE b.kind = 'full' AND b.status = 'ok' AND b.bytes * 10 < a.bytes * 7 AND (a.expires_on IS NULL OR a.expires_on > :today)
ORDER BY b.id
