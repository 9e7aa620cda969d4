-- id: LOG-003
-- name: shorter-than-a-checkpoint
-- severity: critical
-- title.zh: 日志短于检查点
-- title.en: Log shorter than, or different from, a checkpoint (tail cut or rewritten)
-- clause: GB/T 22239 8.1.4.3 c
-- parameters:
-- remedy.zh: 按事件处置：仅凭链本身看不出，检查点为证
-- remedy.en: treat it as an incident: the chain alone does not show it, the checkpoint does
-- why.zh: 日志比检查点短，或与其不符：尾部被截去或整体重写。
-- why.en: The log is shorter than a checkpoint, or another: its tail was cut or all of it rewritten.
-- waivable: false
SELECT 'audit_checkpoint' AS t, 'size ' || CAST(c.tree_size AS TEXT) || ' of ' || substr(CAST(c.created_at AS TEXT), 1, 19) AS k,
  CASE WHEN s.no IS NULL THEN 'the log ends before it' ELSE 'another entry stands there' END AS d
FROM audit_checkpoint c LEFT JOIN audit_seal s ON s.no = c.tree_size
WHERE c.tree_size > 0 AND (s.no IS NULL OR s.entry_hash <> c.head_hash)
  AND c.tree_size >= COALESCE((SELECT MIN(no) FROM audit_seal), 1)
  AND c.tree_size > COALESCE((SELECT MAX(last_no) FROM audit_purge), 0)
ORDER BY k, d
