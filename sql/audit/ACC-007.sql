-- id: ACC-007
-- name: shared-password-hash
-- severity: critical
-- title.zh: 多个账户口令散列相同
-- title.en: Several accounts share one password hash (unsalted, or a default never changed)
-- clause: GB/T 22239 8.1.4.1 a, 8.1.4.2 b
-- parameters:
-- remedy.zh: 逐一 swj user password 账号 --activation 文件
-- remedy.en: swj user password LOGIN --activation FILE for each of them
-- why.zh: 散列相同说明没有加盐，或都还在用同一个初始口令。
-- why.en: Equal hashes mean no salt, or one default password nobody changed.
-- waivable: true
SELECT 'oa_user' AS t, u.login_name AS k,
  'same hash as ' || CAST((SELECT count(*) - 1 FROM oa_user v WHERE v.pwd_hash = u.pwd_hash AND v.status <> 'closed') AS TEXT) || ' other account(s)' AS d
FROM oa_user u
WHERE u.status <> 'closed' AND u.pwd_hash IN (SELECT pwd_hash FROM oa_user WHERE status <> 'closed' AND pwd_hash IS NOT NULL GROUP BY pwd_hash HAVING count(*) > 1)
ORDER BY k, d
