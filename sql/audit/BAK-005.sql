-- id: BAK-005
-- name: backup-not-verified
-- severity: high
-- title.zh: 备份未校验
-- title.en: Good backup without a hash or never verified
-- clause: GB/T 22239 8.1.4.9 a; L3-CES1-29
-- parameters: incr_before, today
-- remedy.zh: swj backup verify 快照号
-- remedy.en: swj backup verify SNAPSHOT
-- why.zh: 未校验的备份可能早已读不出来。一天以内的留待当日校验。
-- why.en: A backup nobody checked may long be unreadable. One of the last day still has its day.
-- waivable: true
SELECT 'backup_run' AS t, CAST(id AS TEXT) AS k,
       CASE WHEN manifest_sha256 IS NULL THEN 'no hash' ELSE 'never verified' END || COALESCE(', snapshot ' || substr(snapshot_id, 1, 8), '') AS d
FROM backup_run
WHERE status = 'ok' AND (manifest_sha256 IS NULL OR verified_at IS NULL)
  AND finished_at < :incr_before AND (expires_on IS NULL OR expires_on > :today)
ORDER BY id
