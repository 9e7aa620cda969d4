-- id: ROL-001
-- name: exclusive-roles-together
-- severity: critical
-- title.zh: 互斥角色集于一人
-- title.en: Mutually exclusive roles held by one person
-- clause: GB/T 22239 8.1.4.2 d, 8.1.7.2 b; 三员 practice: 系统+审计 and 安全+审计 never by one person
-- parameters: powers
-- remedy.zh: 收回两个角色之一
-- remedy.en: take one of the two roles back
-- why.zh: 互斥角色集于一人，此人既能作为又能掩盖；同一人的几个账户合在一起看，角色看其权限而不看其名。
-- why.en: Who holds both roles can act and hide it. All accounts of a person count together, and a role counts for what it can do, not for what it is called.
-- waivable: false
WITH weight AS (
  SELECT id AS role_id, admin_kind AS kind FROM role
  UNION
  SELECT p.role_id, k.kind FROM role_permission p
  JOIN (SELECT 'system' AS kind UNION ALL SELECT 'security' UNION ALL SELECT 'audit') k
    ON replace(:powers, ' ' || p.perm || '=' || k.kind || ' ', '') <> :powers
), held AS (
  SELECT u.id AS account, u.login_name, COALESCE(u.staff_no, 'account ' || CAST(u.id AS TEXT)) AS person, r.id AS role_id, r.code
  FROM user_role g
  JOIN oa_user u ON u.id = g.user_id AND u.status <> 'closed'
  JOIN role r ON r.id = g.role_id
  WHERE g.revoked_at IS NULL
), pair AS (
  SELECT role_a, role_b FROM role_exclusion
  UNION
  SELECT a.role_id, w.role_id FROM weight a JOIN weight w ON w.kind IN ('system', 'security') AND w.role_id <> a.role_id
  WHERE a.kind = 'audit'
    AND NOT EXISTS (SELECT 1 FROM role_exclusion e WHERE (e.role_a = a.role_id AND e.role_b = w.role_id) OR (e.role_a = w.role_id AND e.role_b = a.role_id))
)
SELECT 'oa_user' AS t, a.login_name AS k, a.code || ' + ' || b.code || CASE WHEN a.account = b.account THEN '' ELSE ' of ' || b.login_name END AS d
FROM pair e
JOIN held a ON a.role_id = e.role_a
JOIN held b ON b.role_id = e.role_b AND b.person = a.person
ORDER BY k, d
