-- id: ACC-014
-- name: login-after-leaving
-- severity: critical
-- title.zh: 离岗后仍有成功登录
-- title.en: Successful login after the person left
-- clause: GB/T 22239 8.1.8.2 a; event for 8.1.4.3 a
-- parameters:
-- remedy.zh: 按事件处理：swj user disable 账号，保全证据，上报
-- remedy.en: an incident: swj user disable LOGIN, keep the evidence, report it
-- why.zh: 离岗后仍能登录，按安全事件处理。
-- why.en: A login after leaving is a security incident.
-- waivable: false
SELECT 'login_log' AS t, l.login_name || ' ' || substr(CAST(l.at AS TEXT), 1, 19) AS k, u.login_name || ' left ' || CAST(u.left_on AS TEXT) || ', login ' || substr(CAST(l.at AS TEXT), 1, 19) || ' from ' || COALESCE(l.ip, '?') AS d
FROM oa_user u
CROSS JOIN login_log l
WHERE l.user_id = u.id AND l.ok = TRUE AND u.left_on IS NOT NULL AND substr(CAST(l.at AS TEXT), 1, 10) > CAST(u.left_on AS TEXT)
ORDER BY k, d
