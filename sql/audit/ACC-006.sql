-- id: ACC-006
-- name: weak-password-hash
-- severity: critical
-- title.zh: 口令存储算法弱或未知
-- title.en: Password stored with a weak or unknown algorithm
-- clause: GB/T 22239 8.1.4.8 b; GB/T 39786 8.4 e
-- parameters:
-- remedy.zh: swj user password 账号 --activation 文件
-- remedy.en: swj user password LOGIN --activation FILE
-- why.zh: 口令散列太弱，库一旦泄露口令即可还原。
-- why.en: A weak hash gives the passwords away with the database.
-- waivable: true
SELECT 'oa_user' AS t, login_name AS k, COALESCE(pwd_algo, 'unknown') AS d
FROM oa_user
WHERE status IN ('active', 'locked') AND account_type <> 'service' AND pwd_hash IS NOT NULL
  AND COALESCE(pwd_algo, '') NOT IN ('argon2id', 'bcrypt', 'scrypt', 'pbkdf2-sha256', 'pbkdf2-sm3')
ORDER BY k, d
