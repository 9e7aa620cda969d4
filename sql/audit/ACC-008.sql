-- id: ACC-008
-- name: initial-password-kept
-- severity: high
-- title.zh: 初始口令逾期未改
-- title.en: Initial password not changed
-- clause: GB/T 22239 8.1.4.2 b
-- parameters: init_pwd_before
-- remedy.zh: 在本人到岗前 swj user disable 账号
-- remedy.en: swj user disable LOGIN until its owner comes
-- why.zh: 初始口令经他人之手，必须首次登录即改。
-- why.en: Others know an initial password; it must be changed at once.
-- waivable: true
SELECT 'oa_user' AS t, login_name AS k, 'issued ' || substr(CAST(created_at AS TEXT), 1, 19) AS d
FROM oa_user
WHERE status = 'active' AND must_change_pwd = TRUE AND substr(CAST(COALESCE(pwd_changed_at, created_at) AS TEXT), 1, 10) < CAST(:init_pwd_before AS TEXT)
  AND (enabled_at IS NULL OR substr(CAST(enabled_at AS TEXT), 1, 10) < CAST(:init_pwd_before AS TEXT))
ORDER BY k, d
