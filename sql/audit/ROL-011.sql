-- id: ROL-011
-- name: too-many-system-administrators
-- severity: low
-- title.zh: 系统管理员过多
-- title.en: More system administrators than the limit
-- clause: GB/T 22239 8.1.4.2 d
-- parameters: sys_admin_max
-- remedy.zh: 减少人数
-- remedy.en: reduce their number
-- why.zh: 系统管理员越多，出事越难追究。
-- why.en: The more system administrators, the harder to trace an act.
-- waivable: true
SELECT 'role' AS t, r.code AS k, CAST(count(*) AS TEXT) || ' holders' AS d
FROM role r
JOIN user_role g ON g.role_id = r.id AND g.revoked_at IS NULL
JOIN oa_user u ON u.id = g.user_id AND u.status = 'active'
WHERE r.admin_kind = 'system'
GROUP BY r.code HAVING count(*) > :sys_admin_max
ORDER BY k, d
