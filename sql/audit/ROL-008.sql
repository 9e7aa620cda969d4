-- id: ROL-008
-- name: wildcard-permission
-- severity: high
-- title.zh: 角色含通配权限
-- title.en: Role with an all-powers permission
-- clause: GB/T 22239 8.1.4.2 d (least privilege)
-- parameters:
-- remedy.zh: 逐项列出权限
-- remedy.en: list the permissions one by one
-- why.zh: 通配权限违反最小授权原则。
-- why.en: A permission for everything breaks least privilege.
-- waivable: true
SELECT 'role' AS t, r.code AS k, p.perm AS d
FROM role_permission p JOIN role r ON r.id = p.role_id
WHERE p.perm = '*' OR p.perm LIKE '%:*:*'
ORDER BY k, d
