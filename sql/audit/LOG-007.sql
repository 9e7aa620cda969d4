-- id: LOG-007
-- name: entry-incomplete
-- severity: medium
-- title.zh: 审计记录要素不全
-- title.en: Entry without actor, action, time or result
-- clause: GB/T 22239 8.1.4.3 b
-- parameters:
-- remedy.zh: 修正写日志的程序；旧记录不改
-- remedy.en: mend the writer; old entries are not edited
-- why.zh: 审计记录包括时间、用户、事件类型、是否成功。
-- why.en: An entry names time, user, kind of event, and whether it succeeded.
-- waivable: true
SELECT 'audit_log' AS t, CAST(l.seq AS TEXT) AS k,
  CASE WHEN COALESCE(l.actor, '') = '' AND l.os_user = '' THEN 'no actor' WHEN l.verb = '' THEN 'no action' WHEN l.host = '' THEN 'no host'
    ELSE 'no key of the subject' END AS d
FROM audit_log l
WHERE (COALESCE(l.actor, '') = '' AND l.os_user = '') OR l.verb = '' OR l.host = '' OR (l.subject_table IS NOT NULL AND COALESCE(l.subject_key, '') = '')
ORDER BY k, d
