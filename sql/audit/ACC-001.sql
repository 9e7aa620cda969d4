-- id: ACC-001
-- name: left-but-active
-- severity: critical
-- title.zh: 离岗人员账户仍启用
-- title.en: Account of a person who has left is still active
-- clause: GB/T 22239 8.1.8.2 a (level 1 up)
-- parameters: today
-- remedy.zh: swj user leave 账号 --successor 账号
-- remedy.en: swj user leave LOGIN --successor LOGIN
-- why.zh: 人已离岗，账户必须当日停用：一级系统起即有此要求。
-- why.en: A person who has left keeps no access, not for a day: required from level 1 up.
-- waivable: false
SELECT 'oa_user' AS t, login_name AS k, real_name || ' left ' || CAST(left_on AS TEXT) AS d
FROM oa_user
WHERE status = 'active' AND left_on IS NOT NULL AND left_on <= :today
ORDER BY k, d
