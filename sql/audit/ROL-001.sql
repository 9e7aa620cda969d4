-- id: ROL-001
-- name: exclusive-roles-together
-- severity: critical
-- title.zh: 互斥角色集于一人
-- title.en: Mutually exclusive roles held by one person
-- clause: GB/T 22239 8.1.4.2 d, 8.1.7.2 b; 三员 practice: 系统+审计 and 安全+审计 never by one person
-- parameters:
-- remedy.zh: 收回两个角色之一
-- remedy.en: take one of the two roles back
-- why.zh: 互斥角色集于一人，此人既能作为又能掩盖。
-- why.en: Who holds both roles can act and hide it.
-- waivable: false
SELECT 'oa_user' AS t, u.login_name AS k, a.code || ' + ' || b.code AS d
FROM role_exclusion e
JOIN user_role ga ON ga.role_id = e.role_a AND ga.revoked_at IS NULL
JOIN user_role gb ON gb.role_id = e.role_b AND gb.revoked_at IS NULL AND gb.user_id = ga.user_id
JOIN oa_user u ON u.id = ga.user_id JOIN role a ON a.id = e.role_a JOIN role b ON b.id = e.role_b
WHERE u.status <> 'closed'
ORDER BY k, d
