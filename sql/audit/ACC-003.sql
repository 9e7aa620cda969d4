-- id: ACC-003
-- name: dormant-account
-- severity: medium
-- title.zh: 休眠账户
-- title.en: Active account unused past the limit
-- clause: GB/T 22239 8.1.4.2 c
-- parameters: dormant_before
-- remedy.zh: 告知所在单位，再 swj user disable 账号 --reason 休眠
-- remedy.en: tell the unit, then swj user disable LOGIN --reason 休眠
-- why.zh: 长期不用的账户是多余账户，应停用。
-- why.en: An account nobody uses is surplus and should be disabled.
-- waivable: true
SELECT 'oa_user' AS t, login_name AS k, 'last login ' || COALESCE(substr(CAST(last_login_at AS TEXT), 1, 19), 'never') AS d
FROM oa_user
WHERE status = 'active' AND account_type <> 'service'
  AND substr(CAST(COALESCE(last_login_at, created_at) AS TEXT), 1, 10) < CAST(:dormant_before AS TEXT)
  AND (enabled_at IS NULL OR substr(CAST(enabled_at AS TEXT), 1, 10) < CAST(:dormant_before AS TEXT))
ORDER BY k, d
