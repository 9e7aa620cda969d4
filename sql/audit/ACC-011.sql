-- id: ACC-011
-- name: expired-account
-- severity: high
-- title.zh: 外部或临时账户过期仍启用
-- title.en: Expired temporary or external account still active
-- clause: GB/T 22239 8.1.8.4 c
-- parameters: today
-- remedy.zh: swj user disable 账号，或凭书面申请延期
-- remedy.en: swj user disable LOGIN, or renew by a written request
-- why.zh: 外部人员账户必须有期限，到期即清除。
-- why.en: An external account has an end, and is cleared on that day.
-- waivable: true
SELECT 'oa_user' AS t, login_name AS k, COALESCE('valid until ' || CAST(valid_until AS TEXT), 'no end date') AS d
FROM oa_user
WHERE status = 'active' AND (valid_until < :today OR (account_type = 'external' AND valid_until IS NULL))
ORDER BY k, d
