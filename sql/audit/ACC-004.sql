-- id: ACC-004
-- name: default-account
-- severity: high
-- title.zh: 默认账户未改名或停用
-- title.en: Built-in account still active under its default name
-- clause: GB/T 22239 8.1.4.2 b
-- parameters:
-- remedy.zh: swj user rename 账号 新账号，或 swj user disable 账号；管理员各用自己的账号
-- remedy.en: swj user rename LOGIN NEW, or swj user disable LOGIN; give each administrator an account of his own
-- why.zh: 默认账户人人猜得到，应改名或停用。
-- why.en: Everybody can guess a default account; rename or disable it.
-- waivable: true
SELECT 'oa_user' AS t, login_name AS k, 'built-in or default name' AS d
FROM oa_user
WHERE status = 'active'
  AND (is_builtin = TRUE OR lower(login_name) IN ('admin', 'administrator', 'root', 'sa', 'sys', 'system', 'test', 'guest', 'oracle', 'postgres', 'user'))
ORDER BY k, d
