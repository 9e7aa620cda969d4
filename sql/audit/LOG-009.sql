-- id: LOG-009
-- name: grant-without-entry
-- severity: high
-- title.zh: 授权变更无审计记录
-- title.en: Grant with no audit entry
-- clause: GB/T 22239 8.1.4.3 a (every important act of every user)
-- parameters: log_keep_before
-- remedy.zh: 可能绕过程序改了数据：与数据库自身的日志比对
-- remedy.en: changed behind the back of the program? compare with the log of the database itself
-- why.zh: 每个用户的重要行为都应有审计记录，授权尤其如此。
-- why.en: Every important act of every user is in the log, grants above all.
-- waivable: true
SELECT 'user_role' AS t, u.login_name || '/' || r.code AS k, 'granted ' || substr(CAST(g.granted_at AS TEXT), 1, 19) AS d
FROM user_role g JOIN oa_user u ON u.id = g.user_id JOIN role r ON r.id = g.role_id
WHERE g.granted_at > :log_keep_before
  AND NOT EXISTS (SELECT 1 FROM audit_log l WHERE l.subject_table = 'user_role' AND l.subject_key = u.login_name || '/' || r.code)
  AND NOT EXISTS (SELECT 1 FROM audit_log l WHERE l.verb = 'init' AND l.at = g.granted_at)
ORDER BY k, d
