-- id: ROL-010
-- name: odd-delegation
-- severity: medium
-- title.zh: 委托代办异常
-- title.en: Delegation open-ended, expired in use, or to an inactive user
-- clause: 条例 Art 24 (knowing where a paper is); GB/T 22239 8.1.7.3
-- parameters: now
-- remedy.zh: swj user delegate --from 账号 --cancel，再写明期限委托
-- remedy.en: swj user delegate --from LOGIN --cancel, then delegate with an end
-- why.zh: 委托应有期限，受托人应在岗。
-- why.en: A delegation has an end and goes to somebody at work.
-- waivable: true
SELECT 'delegation' AS t, f.login_name || ' -> ' || u.login_name || ' ' || substr(CAST(d.starts_at AS TEXT), 1, 19) AS k,
  CASE WHEN d.ends_at IS NULL THEN 'no end' WHEN d.from_user_id = d.to_user_id THEN 'to self' ELSE 'to ' || u.status || ' user' END AS d
FROM delegation d JOIN oa_user u ON u.id = d.to_user_id JOIN oa_user f ON f.id = d.from_user_id
WHERE d.cancelled_at IS NULL AND (d.ends_at IS NULL OR d.from_user_id = d.to_user_id OR (u.status <> 'active' AND d.ends_at > :now))
ORDER BY k, d
