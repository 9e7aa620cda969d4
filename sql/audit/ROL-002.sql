-- id: ROL-002
-- name: administrator-missing
-- severity: high
-- title.zh: 三员配置不全
-- title.en: One of the three administrator kinds has no active holder
-- clause: GB/T 22239 8.1.7.1, 8.1.7.2 a
-- parameters: today
-- remedy.zh: 指定人员并授予该角色
-- remedy.en: appoint somebody and grant the role
-- why.zh: 三员缺一，监督链条就断了；授权已到期的不算在岗。
-- why.en: Without one of the three, nobody watches the others. Whose grant has run out does not hold the post.
-- waivable: true
SELECT 'role' AS t, r.code AS k, 'no active holder of ' || r.admin_kind AS d
FROM role r
WHERE r.admin_kind <> 'none'
  AND NOT EXISTS (
    SELECT 1 FROM user_role g JOIN oa_user u ON u.id = g.user_id
    WHERE g.role_id = r.id AND g.revoked_at IS NULL AND (g.expires_on IS NULL OR g.expires_on >= :today) AND u.status = 'active'
  )
ORDER BY k, d
