-- id: ROL-003
-- name: security-administrator-second-post
-- severity: high
-- title.zh: 安全管理员兼任其他管理角色
-- title.en: Security administrator holds another privileged role
-- clause: GB/T 22239 8.1.7.2 b (level 3: full-time, no second post)
-- parameters:
-- remedy.zh: 收回另一角色
-- remedy.en: take the other role back
-- why.zh: 三级系统的安全管理员须专职。
-- why.en: At level 3 the security administrator has no second post.
-- waivable: true
SELECT 'oa_user' AS t, u.login_name AS k, 'also ' || r2.code AS d
FROM user_role g
JOIN role r ON r.id = g.role_id AND r.admin_kind = 'security'
JOIN oa_user u ON u.id = g.user_id AND u.status = 'active'
JOIN user_role g2 ON g2.user_id = u.id AND g2.revoked_at IS NULL AND g2.id <> g.id
JOIN role r2 ON r2.id = g2.role_id AND (r2.admin_kind <> 'none' OR r2.privileged = TRUE)
WHERE g.revoked_at IS NULL
ORDER BY k, d
