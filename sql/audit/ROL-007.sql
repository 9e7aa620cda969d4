-- id: ROL-007
-- name: grant-on-inactive-account
-- severity: medium
-- title.zh: 停用账户仍有授权
-- title.en: Grant still in force on an account that is not active
-- clause: GB/T 22239 8.1.8.2 a
-- parameters:
-- remedy.zh: 随账号一并收回授权
-- remedy.en: take the grants back with the account
-- why.zh: 账户停用后授权应一并收回。
-- why.en: Grants go with the account.
-- waivable: true
SELECT 'user_role' AS t, u.login_name || '/' || r.code AS k, 'account is ' || u.status AS d
FROM user_role g JOIN oa_user u ON u.id = g.user_id JOIN role r ON r.id = g.role_id
WHERE g.revoked_at IS NULL AND u.status IN ('disabled', 'closed')
ORDER BY k, d
