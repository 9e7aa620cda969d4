-- id: ROL-003
-- name: security-administrator-second-post
-- severity: high
-- title.zh: 安全管理员兼任其他管理角色
-- title.en: Security administrator holds another privileged role
-- clause: GB/T 22239 8.1.7.2 b (level 3: full-time, no second post)
-- parameters: powers
-- remedy.zh: 收回另一角色
-- remedy.en: take the other role back
-- why.zh: 三级系统的安全管理员须专职；同一人的几个账户合在一起看，普通角色带有管理员权限的同样算。
-- why.en: At level 3 the security administrator has no second post. All accounts of a person count together, and so do plain roles that carry the powers of an administrator.
-- waivable: true
WITH weight AS (
  SELECT id AS role_id, admin_kind AS kind FROM role WHERE admin_kind <> 'none'
  UNION
  SELECT id, 'privileged' FROM role WHERE privileged = TRUE
  UNION
  SELECT p.role_id, k.kind FROM role_permission p
  JOIN (SELECT 'system' AS kind UNION ALL SELECT 'security' UNION ALL SELECT 'audit') k
    ON replace(:powers, ' ' || p.perm || '=' || k.kind || ' ', '') <> :powers
)
SELECT DISTINCT 'oa_user' AS t, u.login_name AS k, 'also ' || r2.code || CASE WHEN v.id = u.id THEN '' ELSE ' of ' || v.login_name END AS d
FROM user_role g
JOIN weight s ON s.role_id = g.role_id AND s.kind = 'security'
JOIN oa_user u ON u.id = g.user_id AND u.status = 'active'
JOIN oa_user v ON v.id = u.id OR (v.staff_no = u.staff_no AND v.status <> 'closed')
JOIN user_role g2 ON g2.user_id = v.id AND g2.revoked_at IS NULL AND g2.role_id <> g.role_id
JOIN role r2 ON r2.id = g2.role_id
JOIN weight o ON o.role_id = g2.role_id
WHERE g.revoked_at IS NULL
ORDER BY k, d
