-- id: ACC-013
-- name: account-without-unit
-- severity: high
-- title.zh: 账户无单位或单位已撤销
-- title.en: Active account with no unit or in a closed unit
-- clause: GB/T 22239 8.1.10.6 b
-- parameters:
-- remedy.zh: swj user transfer 账号 --to 编码，或 swj user disable 账号
-- remedy.en: swj user transfer LOGIN --to CODE, or swj user disable LOGIN
-- why.zh: 账户必须归属在用单位，否则无人负责。
-- why.en: Somebody must answer for every account: a unit that exists.
-- waivable: true
SELECT 'oa_user' AS t, u.login_name AS k, COALESCE(n.code || ' closed ' || COALESCE(CAST(n.closed_on AS TEXT), '?'), 'no unit') AS d
FROM oa_user u LEFT JOIN unit n ON n.id = u.unit_id
WHERE u.status = 'active' AND u.account_type <> 'service' AND (n.id IS NULL OR n.status = 'closed')
ORDER BY k, d
