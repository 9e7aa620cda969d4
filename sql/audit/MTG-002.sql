-- id: MTG-002
-- name: minutes-missing
-- severity: low
-- title.zh: 会后未形成纪要
-- title.en: Minutes missing 5 working days after a meeting that needs them
-- clause: local (纪要 is one of the 15 types)
-- parameters: today
-- remedy.zh: 拟写纪要
-- remedy.en: draft the minutes
-- why.zh: 需要纪要的会议，会后五个工作日内应当形成。
-- why.en: A meeting that needs minutes has them within 5 working days.
-- waivable: true
SELECT 'meeting' AS t, m.title || ' ' || substr(CAST(m.starts_at AS TEXT), 1, 16) || ' #' || CAST(m.id AS TEXT) AS k, CAST(b.worked - a.worked AS TEXT) || ' working days ago' AS d
FROM meeting m
CROSS JOIN calendar_axis a
CROSS JOIN calendar_axis b
WHERE a.written = substr(CAST(m.ends_at AS TEXT), 1, 10) AND b.day = :today
  AND m.status = 'held' AND m.minutes_required = TRUE AND m.minutes_document_id IS NULL AND b.worked - a.worked > 5
ORDER BY k, d
