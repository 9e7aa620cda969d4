-- id: ARC-005
-- name: unknown-retention
-- severity: medium
-- title.zh: 保管期限代码不合规
-- title.en: Retention code outside the list
-- clause: DA/T 22-2015: Y, D30, D10 (a unit may keep more codes)
-- parameters:
-- remedy.zh: 改正；确需另设的，经批准后加入代码表（code_item: retention）
-- remedy.en: correct it, or add the code with its approval (code_item: retention)
-- why.zh: 保管期限代码为 Y（永久）、D30、D10，单位可经批准增设。
-- why.en: Retention is Y (for ever), D30 or D10; a unit may have more with approval.
-- waivable: true
SELECT 'archive_item' AS t, a.archival_code AS k, a.retention AS d
FROM archive_item a
WHERE a.retention NOT IN ('Y', 'D30', 'D10')
  AND NOT EXISTS (SELECT 1 FROM code_item c WHERE c.list = 'retention' AND c.code = a.retention)
ORDER BY k, d
