-- id: ROL-006
-- name: expired-grant
-- severity: medium
-- title.zh: 授权到期未收回
-- title.en: Expired grant still in force
-- clause: GB/T 22239 8.1.7.3 c; 8.1.4.2 c
-- parameters: today
-- remedy.zh: 收回授权，或办理延期
-- remedy.en: take the grant back, or renew it
-- why.zh: 授权到期应及时收回。
-- why.en: A grant that has ended is to be taken back.
-- waivable: true
SELECT 'user_role' AS t, u.login_name || '/' || r.code AS k, 'expired ' || CAST(g.expires_on AS TEXT) AS d
FROM user_role g JOIN oa_user u ON u.id = g.user_id JOIN role r ON r.id = g.role_id
WHERE g.revoked_at IS NULL AND g.expires_on < :today
ORDER BY k, d
