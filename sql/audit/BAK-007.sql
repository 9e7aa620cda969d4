-- id: BAK-007
-- name: last-backup-failed
-- severity: high
-- title.zh: 最近备份失败
-- title.en: Latest run of a kind and target failed or hangs
-- clause: GB/T 22239 8.1.7.5 a (routine checks cover backups)
-- parameters: incr_before
-- remedy.zh: 看日志（journalctl -u swj-backup），排除原因后再次 swj backup run
-- remedy.en: read the log (journalctl -u swj-backup), then swj backup run again
-- why.zh: 失败的备份若无人理会，下一次也会失败。
-- why.en: A failure nobody looks at fails again the next night.
-- waivable: true
SELECT 'backup_run' AS t, CAST(b.id AS TEXT) AS k, b.kind || '/' || b.target || ' ' || b.status AS d
FROM backup_run b
WHERE b.id = (SELECT MAX(x.id) FROM backup_run x WHERE x.kind = b.kind AND x.target = b.target)
  AND (b.status = 'failed' OR (b.status = 'running' AND b.started_at < :incr_before))
ORDER BY b.id
