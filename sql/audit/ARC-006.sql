-- id: ARC-006
-- name: stored-file-changed
-- severity: critical
-- title.zh: 归档文件校验值不符
-- title.en: Stored file no longer has its recorded hash
-- clause: DA/T 70 真实性 (固化信息有效性); 档案法 2020 Art 39
-- parameters:
-- remedy.zh: 从备份恢复；两份文件都保留；报告
-- remedy.en: bring it back from a backup; keep both files; report
-- why.zh: 电子档案应当真实：文件与归档时的校验值不再相符。
-- why.en: An electronic file must be authentic: it no longer has the hash it was filed with.
-- waivable: true
SELECT 'archive_item' AS t, a.archival_code AS k, 'checked ' || COALESCE(substr(CAST(a.checked_at AS TEXT), 1, 19), '?') AS d
FROM archive_item a
WHERE a.status <> 'destroyed' AND a.checked_sha256 IS NOT NULL AND a.checked_sha256 <> COALESCE(a.sha256, '')
ORDER BY k, d
