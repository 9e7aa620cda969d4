-- id: BAK-005
-- name: backup-not-verified
-- severity: high
-- title.zh: 备份未校验，或校验发现损坏
-- title.en: Good backup without a hash, never verified, or found damaged
-- clause: GB/T 22239 8.1.4.9 a; L3-CES1-29
-- parameters: incr_before, today
-- remedy.zh: swj backup verify 快照号；已损坏的，立即 swj backup run，并另查存放备份的磁盘
-- remedy.en: swj backup verify SNAPSHOT; where it is damaged, swj backup run now, and look at the disk it lies on
-- why.zh: 未校验的备份可能早已读不出来；校验失败的备份等于没有备份。一天以内未校验的留待当日校验，损坏的立即报告。
-- why.en: A backup nobody checked may long be unreadable, and one found damaged is none. One of the last day that was not verified still has its day; damage is told at once.
-- waivable: true
SELECT 'backup_run' AS t, CAST(id AS TEXT) AS k,
       CASE WHEN damaged_at IS NOT NULL THEN 'damaged ' || substr(CAST(damaged_at AS TEXT), 1, 19)
            WHEN manifest_sha256 IS NULL THEN 'no hash' ELSE 'never verified' END || COALESCE(', snapshot ' || substr(snapshot_id, 1, 8), '') AS d
FROM backup_run
WHERE status = 'ok' AND (expires_on IS NULL OR expires_on > :today)
  AND (damaged_at IS NOT NULL OR (manifest_sha256 IS NULL OR verified_at IS NULL) AND finished_at < :incr_before)
ORDER BY id
