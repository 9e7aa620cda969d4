-- id: ACC-010
-- name: several-accounts
-- severity: medium
-- title.zh: 一人多号
-- title.en: One person with several active accounts
-- clause: GB/T 22239 8.1.4.1 a (unique identity)
-- parameters:
-- remedy.zh: 留一个，其余 swj user disable
-- remedy.en: keep one, swj user disable the others
-- why.zh: 一人一号，身份才能唯一。
-- why.en: One person, one account: only then is identity unique.
-- waivable: true
SELECT 'oa_user' AS t, u.login_name AS k, 'staff_no ' || u.staff_no AS d
FROM oa_user u
WHERE u.status = 'active' AND u.account_type = 'person'
  AND EXISTS (SELECT 1 FROM oa_user v WHERE v.staff_no = u.staff_no AND v.id <> u.id AND v.status = 'active' AND v.account_type = 'person')
ORDER BY k, d
