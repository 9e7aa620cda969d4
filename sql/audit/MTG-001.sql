-- id: MTG-001
-- name: room-booked-twice
-- severity: medium
-- title.zh: 会议室冲突
-- title.en: One room booked twice
-- clause: local
-- parameters:
-- remedy.zh: 改其中一个
-- remedy.en: move one of them
-- why.zh: 同一时间一室一会。
-- why.en: One room holds one meeting at a time.
-- waivable: true
SELECT 'meeting' AS t, b.title || ' ' || substr(CAST(b.starts_at AS TEXT), 1, 16) || ' #' || CAST(b.id AS TEXT) AS k,
  b.room || ', with ' || a.title || ' ' || substr(CAST(a.starts_at AS TEXT), 1, 16) AS d
FROM meeting a JOIN meeting b ON b.room = a.room AND b.id > a.id AND b.starts_at < a.ends_at AND b.ends_at > a.starts_at
WHERE a.status <> 'cancelled' AND b.status <> 'cancelled'
ORDER BY k, d
