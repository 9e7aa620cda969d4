-- id: EXC-002
-- name: not-signed-for
-- severity: high
-- title.zh: 来文超时未签收
-- title.en: Incoming package not signed for in time
-- clause: 公文交换制度 (每个工作日查收, 紧急的随到随办)
-- parameters: now
-- remedy.zh: 签收或退回
-- remedy.en: sign for it, or return it
-- why.zh: 来文应按时签收，紧急的随到随办。
-- why.en: What comes in is signed for in time, urgent matter at once.
-- waivable: true
SELECT 'exchange_package' AS t, p.package_no AS k, 'due ' || substr(CAST(p.due_at AS TEXT), 1, 16) AS d
FROM exchange_package p
WHERE p.direction = 'in' AND p.state = 'delivered' AND p.due_at < :now
ORDER BY k, d
