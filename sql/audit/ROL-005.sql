-- id: ROL-005
-- name: privilege-without-approval
-- severity: medium
-- title.zh: 特权授权无审批记录
-- title.en: Privileged grant without an approval
-- clause: GB/T 22239 8.1.7.3 a
-- parameters: powers
-- remedy.zh: 补办审批，或收回角色
-- remedy.en: obtain the approval, or take the role back
-- why.zh: 特权授予须有审批记录；普通角色带有管理员权限的同样是特权。
-- why.en: A privilege needs an approval on record; a plain role that carries the powers of an administrator is one.
-- waivable: true
WITH weight AS (
  SELECT id AS role_id, admin_kind AS kind FROM role WHERE admin_kind <> 'none' OR privileged = TRUE
  UNION
  SELECT p.role_id, k.kind FROM role_permission p
  JOIN (SELECT 'system' AS kind UNION ALL SELECT 'security' UNION ALL SELECT 'audit') k
    ON replace(:powers, ' ' || p.perm || '=' || k.kind || ' ', '') <> :powers
)
SELECT 'user_role' AS t, u.login_name || '/' || r.code AS k, 'no approval' AS d
FROM user_role g JOIN oa_user u ON u.id = g.user_id JOIN role r ON r.id = g.role_id
WHERE g.revoked_at IS NULL AND r.id IN (SELECT role_id FROM weight) AND (g.approved_by IS NULL OR g.approved_at IS NULL)
ORDER BY k, d
