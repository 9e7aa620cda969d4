-- id: OPS-003
-- name: vulnerability-overdue
-- severity: high
-- title.zh: 漏洞逾期未修复
-- title.en: Vulnerability past its repair date
-- clause: GB/T 22239 8.1.10.5 a; 漏洞及时修复
-- parameters: now
-- remedy.zh: 修补，或登记风险决定
-- remedy.en: patch it, or record the decision to bear the risk
-- why.zh: 发现的漏洞应当及时修补，或者评估影响后修补。
-- why.en: A hole that was found is mended in time, or after its effect was weighed.
-- waivable: true
SELECT 'ops_record' AS t, r.title || ' #' || CAST(r.id AS TEXT) AS k, 'due ' || substr(CAST(r.due_at AS TEXT), 1, 16) || COALESCE(', ' || r.severity, '') AS d
FROM ops_record r
WHERE r.kind = 'vulnerability' AND r.closed_at IS NULL AND r.due_at < :now
ORDER BY k, d
