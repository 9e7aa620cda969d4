-- id: LOG-004
-- name: checkpoint-not-anchored
-- severity: high
-- title.zh: 检查点过期或未外部锚定
-- title.en: No checkpoint anchored outside in the last day
-- clause: GB/T 22239 8.1.4.3 c (signed checkpoint, anchored outside)
-- parameters: ckpt_before
-- remedy.zh: 做检查点并锚定到库外（swj log checkpoint）
-- remedy.en: make a checkpoint and anchor it outside (swj log checkpoint)
-- why.zh: 掌握主机的人可以重写最近一次外部锚定之后的一切。启用不足一日的日志不作要求。
-- why.en: Who holds the host can rewrite whatever came after the last anchor outside. A log younger than a day is let be.
-- waivable: true
SELECT 'audit_checkpoint' AS t, 'latest' AS k, COALESCE('last anchored ' || substr(CAST(MAX(c.anchored_at) AS TEXT), 1, 19), 'never') AS d
FROM audit_checkpoint c
HAVING MAX(c.anchored_at) < :ckpt_before
  OR (MAX(c.anchored_at) IS NULL AND EXISTS (SELECT 1 FROM audit_log WHERE at < :ckpt_before))
