-- id: BAK-005
-- name: backup-not-verified
-- severity: high
-- title.zh: 备份未校验、未逐字节读取，或校验发现损坏
-- title.en: Good backup without a hash, never verified, never read to the last byte, or found damaged
-- clause: GB/T 22239 8.1.4.9 a; L3-CES1-29
-- parameters: full_before, incr_before, today
-- remedy.zh: swj backup verify --all；已损坏的，立即 swj backup repair，再 swj backup run，并另查存放备份的磁盘；异地的用 swj backup copy --all
-- remedy.en: swj backup verify --all; where it is damaged, swj backup repair now, then swj backup run, and look at the disk it lies on; off site, swj backup copy --all
-- why.zh: 未校验的备份可能早已读不出来；只看结构看不出附件里的坏字节；校验失败的备份等于没有备份。一天以内未校验的留待当日校验，全量备份期限以内未逐字节读取的留待本周读取，损坏的立即报告。
-- why.en: A backup nobody checked may long be unreadable, its structure says nothing of the bytes of its attachments, and one found damaged is none. One of the last day that was not verified still has its day, one within the term of full backups that was not read its week; damage is told at once.
-- waivable: true
SELECT 'backup_run' AS t, CAST(id AS TEXT) AS k,
       CASE WHEN damaged_at IS NOT NULL THEN 'damaged ' || substr(CAST(damaged_at AS TEXT), 1, 19)
            WHEN manifest_sha256 IS NULL THEN 'no hash'
            WHEN verified_at IS NULL THEN 'never verified' ELSE 'never read whole' END || COALESCE(', snapshot ' || substr(snapshot_id, 1, 8), '') AS d
FROM backup_run
WHERE status = 'ok' AND (expires_on IS NULL OR expires_on > :today)
  AND (damaged_at IS NOT NULL OR (manifest_sha256 IS NULL OR verified_at IS NULL) AND finished_at < :incr_before
       OR read_at IS NULL AND finished_at < :full_before)
ORDER BY id
