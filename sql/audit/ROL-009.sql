-- id: ROL-009
-- name: log-can-be-changed
-- severity: critical
-- title.zh: 角色可改删审计日志
-- title.en: Role can change or delete the audit log
-- clause: GB/T 22239 8.1.4.3 c
-- parameters:
-- remedy.zh: 从角色中去掉该权限
-- remedy.en: take the permission out of the role
-- why.zh: 任何角色都不得更改或删除审计日志。
-- why.en: No role may change or delete the audit log.
-- waivable: false
SELECT 'role' AS t, r.code AS k, p.perm AS d
FROM role_permission p JOIN role r ON r.id = p.role_id
WHERE p.perm IN ('audit:update', 'audit:delete', 'audit:truncate', 'audit:purge')
ORDER BY k, d
