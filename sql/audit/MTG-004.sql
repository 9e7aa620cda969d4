-- id: MTG-004
-- name: attendance-unconfirmed
-- severity: low
-- title.zh: 参会单位未确认
-- title.en: Required unit has neither confirmed nor excused itself the day before
-- clause: local
-- parameters: tomorrow, today
-- remedy.zh: 电话联系该单位
-- remedy.en: telephone the unit
-- why.zh: 必到单位应在会前一日确认或请假。
-- why.en: A required unit confirms or excuses itself by the day before.
-- waivable: true
SELECT 'meeting_attendee' AS t, n.short_name || ' / ' || m.title || ' ' || substr(CAST(m.starts_at AS TEXT), 1, 16) || ' #' || CAST(m.id AS TEXT) AS k, 'neither confirmed nor excused' AS d
FROM meeting_attendee a JOIN meeting m ON m.id = a.meeting_id JOIN unit n ON n.id = a.unit_id
WHERE m.status = 'notified' AND a.required = TRUE AND a.confirmed_at IS NULL AND a.leave_reason IS NULL
  AND substr(CAST(m.starts_at AS TEXT), 1, 10) BETWEEN CAST(:today AS TEXT) AND CAST(:tomorrow AS TEXT)
ORDER BY k, d
