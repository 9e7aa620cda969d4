-- id: ACC-012
-- name: no-lock-after-failures
-- severity: high
-- title.zh: 登录失败超限未锁定
-- title.en: Failed logins over the limit without a lock
-- clause: GB/T 22239 8.1.4.1 b
-- parameters: fail_limit, now
-- remedy.zh: swj user lock 账号，并查看其登录情况
-- remedy.en: swj user lock LOGIN, and look at its logins
-- why.zh: 登录连续失败应锁定账户，否则口令可被试出。
-- why.en: Repeated failures must lock an account, or its password can be tried out.
-- waivable: true
SELECT 'oa_user' AS t, login_name AS k, CAST(failed_logins AS TEXT) || ' failures' AS d
FROM oa_user
WHERE status = 'active' AND failed_logins >= :fail_limit AND (locked_until IS NULL OR locked_until < :now)
ORDER BY k, d
