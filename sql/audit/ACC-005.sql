-- id: ACC-005
-- name: old-password
-- severity: medium
-- title.zh: 口令超期未更换
-- title.en: Password older than the limit
-- clause: GB/T 22239 8.1.4.1 a (the interval is a local rule; 90 days usual)
-- parameters: pwd_before
-- remedy.zh: 请本人修改口令，或 swj user password 账号 --activation 文件
-- remedy.en: have the person change the password, or swj user password LOGIN --activation FILE
-- why.zh: 口令应定期更换，期限由本单位规定。
-- why.en: Passwords are to be changed at intervals the site sets.
-- waivable: true
SELECT 'oa_user' AS t, login_name AS k, 'changed ' || COALESCE(substr(CAST(pwd_changed_at AS TEXT), 1, 19), 'never') AS d
FROM oa_user
WHERE status = 'active' AND account_type <> 'service' AND pwd_hash IS NOT NULL
  AND substr(CAST(COALESCE(pwd_changed_at, created_at) AS TEXT), 1, 10) < CAST(:pwd_before AS TEXT)
ORDER BY k, d
