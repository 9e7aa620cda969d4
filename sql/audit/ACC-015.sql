-- id: ACC-015
-- name: administrator-without-second-factor
-- severity: high
-- title.zh: 管理员未启用双因素
-- title.en: Administrator without a second factor
-- clause: GB/T 22239 8.1.4.1 d (level 3)
-- parameters:
-- remedy.zh: 发放密钥；二级系统可作提示
-- remedy.en: issue a key; at level 2 this is a note
-- why.zh: 三级系统要求管理员使用两种鉴别方式。
-- why.en: Level 3 asks two factors of an administrator.
-- waivable: true
SELECT DISTINCT 'oa_user' AS t, u.login_name AS k, r.code AS d
FROM oa_user u JOIN user_role g ON g.user_id = u.id AND g.revoked_at IS NULL JOIN role r ON r.id = g.role_id
WHERE u.status = 'active' AND u.mfa_enabled = FALSE AND (r.admin_kind <> 'none' OR r.privileged = TRUE)
ORDER BY k, d
