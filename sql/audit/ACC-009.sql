-- id: ACC-009
-- name: shared-account
-- severity: high
-- title.zh: 共享账户
-- title.en: Shared account
-- clause: GB/T 22239 8.1.4.2 c
-- parameters:
-- remedy.zh: 为每人 swj user add 账号，再停用共享账号
-- remedy.en: swj user add LOGIN for each person, then swj user disable the shared one
-- why.zh: 共享账户无法追究到人。
-- why.en: What a shared account did cannot be traced to a person.
-- waivable: true
SELECT 'oa_user' AS t, login_name AS k, account_type AS d
FROM oa_user
WHERE status = 'active' AND (account_type = 'shared' OR (account_type = 'person' AND staff_no IS NULL))
ORDER BY k, d
