-- id: LOG-003
-- name: shorter-than-a-checkpoint
-- severity: critical
-- title.zh: 日志短于检查点
-- title.en: Log shorter than, or different from, a checkpoint (tail cut or rewritten)
-- clause: GB/T 22239 8.1.4.3 c
-- parameters:
-- remedy.zh: 按事件处置：仅凭链本身看不出，检查点为证
-- remedy.en: treat it as an incident: the chain alone does not show it, the checkpoint does
-- why.zh: 日志比检查点短，或与其不符：尾部被截去或整体重写，或以假的清理记录掩盖；清理不得早于法定留存期。
-- why.en: The log is shorter than a checkpoint, or another: its tail was cut, all of it rewritten, or a purge invented that took entries within their legal term.
-- waivable: false
SELECT 'audit_checkpoint' AS t, 'size ' || CAST(c.tree_size AS TEXT) || ' of ' || substr(CAST(c.created_at AS TEXT), 1, 19) AS k,
  CASE WHEN s.no IS NOT NULL THEN 'another entry stands there' WHEN c.tree_size < (SELECT MIN(no) FROM audit_seal) THEN 'the log begins behind it'
    ELSE 'the log ends before it' END AS d
FROM audit_checkpoint c LEFT JOIN audit_seal s ON s.no = c.tree_size
WHERE c.tree_size > 0 AND (s.no IS NULL OR s.entry_hash <> c.head_hash)
  AND c.tree_size > COALESCE((SELECT MAX(last_no) FROM audit_purge), 0)
UNION ALL
SELECT 'audit_checkpoint' AS t, 'size ' || CAST(c.tree_size AS TEXT) || ' of ' || substr(CAST(c.created_at AS TEXT), 1, 19) AS k,
  'another entry stood there when it was purged' AS d
FROM audit_checkpoint c JOIN audit_purge p ON p.last_no = c.tree_size
WHERE p.head_hash <> c.head_hash
UNION ALL
SELECT 'audit_checkpoint' AS t, 'size ' || CAST(c.tree_size AS TEXT) || ' of ' || substr(CAST(c.created_at AS TEXT), 1, 19) AS k,
  'purged to ' || CAST(MIN(p.last_no) AS TEXT) || ' within the legal term: the log was shorter then' AS d
FROM audit_checkpoint c JOIN audit_purge p ON p.last_no > c.tree_size
WHERE c.tree_size > 0
  AND 12 * CAST(substr(CAST(p.purged_at AS TEXT), 1, 4) AS INTEGER) + CAST(substr(CAST(p.purged_at AS TEXT), 6, 2) AS INTEGER)
    - 12 * CAST(substr(CAST(c.created_at AS TEXT), 1, 4) AS INTEGER) - CAST(substr(CAST(c.created_at AS TEXT), 6, 2) AS INTEGER)
    - CASE WHEN substr(CAST(p.purged_at AS TEXT), 9, 2) <= substr(CAST(c.created_at AS TEXT), 9, 2) THEN 1 ELSE 0 END < 6
GROUP BY c.tree_size, c.created_at
ORDER BY k, d
