-- id: MTG-003
-- name: task-overdue
-- severity: medium
-- title.zh: 议定事项逾期
-- title.en: Task set by a meeting is overdue
-- clause: local (督办)
-- parameters: today
-- remedy.zh: 督办
-- remedy.en: urge the unit
-- why.zh: 会议议定的事项应按期办结。
-- why.en: What a meeting set as a task is done by its day.
-- waivable: true
SELECT 'meeting_task' AS t, k.title || ' ' || CAST(k.due_on AS TEXT) || ' #' || CAST(k.id AS TEXT) AS k, n.short_name || ', due ' || CAST(k.due_on AS TEXT) AS d
FROM meeting_task k JOIN unit n ON n.id = k.unit_id
WHERE k.status = 'open' AND k.due_on < :today
ORDER BY k, d
