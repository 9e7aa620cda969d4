-- id: LOG-006
-- name: working-day-without-entries
-- severity: high
-- title.zh: 工作日无审计记录
-- title.en: Working day in the last 30 without any audit entry
-- clause: GB/T 22239 8.1.4.3 a, d
-- parameters: gap_from, today
-- remedy.zh: 查明日志为何中断
-- remedy.en: find out why logging stopped
-- why.zh: 审计应覆盖每个用户、不被中断：整个工作日没有一条记录。
-- why.en: Auditing covers everybody and is not interrupted: a whole working day has no entry.
-- waivable: true
WITH days AS (SELECT DISTINCT substr(CAST(at AS TEXT), 1, 10) AS day FROM audit_log WHERE at >= :gap_from)
SELECT 'audit_log' AS t, c.written AS k, 'no entry' AS d
FROM calendar_axis c
LEFT JOIN days ON days.day = c.written
WHERE c.is_workday = TRUE AND c.day >= :gap_from AND c.day < :today AND days.day IS NULL
  AND c.written > (SELECT substr(CAST(MIN(at) AS TEXT), 1, 10) FROM audit_log)
ORDER BY k, d
