-- id: ACC-002
-- name: transfer-overdue
-- severity: high
-- title.zh: 调动已生效未处理
-- title.en: Transfer in force but not carried out
-- clause: GB/T 22239 8.1.8.2 a; 8.1.10.6 b
-- parameters: today
-- remedy.zh: swj user transfer apply --due
-- remedy.en: swj user transfer apply --due
-- why.zh: 调动已到生效日而未办理，旧岗位的权限仍在。
-- why.en: The day of the transfer has come and the rights of the old post are still there.
-- waivable: true
SELECT 'user_transfer' AS t, u.login_name || ' ' || x.kind || ' ' || CAST(x.effective_on AS TEXT) AS k, x.kind || ' from ' || CAST(x.effective_on AS TEXT) AS d
FROM user_transfer x JOIN oa_user u ON u.id = x.user_id
WHERE x.effective_on <= :today AND x.processed_at IS NULL AND x.cancelled_at IS NULL
ORDER BY k, d
