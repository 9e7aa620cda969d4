-- id: DOC-015
-- name: registered-late
-- severity: medium
-- title.zh: 签收后未及时登记
-- title.en: Incoming document signed for but not registered by the next working day
-- clause: 党政机关公文处理工作条例 Art 24(1)(2); the day is a local rule
-- parameters: now
-- remedy.zh: 补办登记
-- remedy.en: register it
-- why.zh: 收文签收后应当登记；至迟下一个工作日为内部要求。
-- why.en: A document signed for is registered, by local rule on the next working day at the latest.
-- waivable: true
SELECT 'document' AS t, r.k, 'received ' || r.received || ', registered ' || COALESCE(r.registered, 'no') AS d
FROM (
  SELECT COALESCE(d.doc_no_text, d.title || ' #' || CAST(d.id AS TEXT)) AS k, substr(CAST(d.received_at AS TEXT), 1, 10) AS received,
    substr(CAST(d.registered_at AS TEXT), 1, 10) AS registered, substr(CAST(COALESCE(d.registered_at, :now) AS TEXT), 1, 10) AS by_then
  FROM document d
  WHERE d.direction = 'in' AND d.received_at IS NOT NULL AND d.status NOT IN ('void', 'returned')
) r
CROSS JOIN calendar_axis a
CROSS JOIN calendar_axis b
WHERE a.written = r.received AND b.written = r.by_then
  AND r.received < r.by_then AND b.worked - a.worked > 1
ORDER BY k, d
