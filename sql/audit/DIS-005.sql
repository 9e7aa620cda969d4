-- id: DIS-005
-- name: supplement-asked-late
-- severity: medium
-- title.zh: 补正告知超过7个工作日
-- title.en: Supplement notice later than 7 working days
-- clause: 信息公开条例 Art 30
-- parameters:
-- remedy.zh: 答复期限自收到申请之日起计算
-- remedy.en: count the answer period from the day of receipt
-- why.zh: 申请内容不明确的，自收到之日起7个工作日内一次性告知补正。
-- why.en: What is missing is asked for once, within 7 working days of receipt.
-- waivable: true
SELECT 'disclosure_request' AS t, q.no AS k, 'received ' || a.written || ', asked ' || b.written || ', '
    || CAST(b.worked - a.worked AS TEXT) || ' working days' AS d
FROM disclosure_request q
JOIN (SELECT request_id, MIN(on_date) AS asked_on FROM disclosure_request_event WHERE kind = 'ask_supplement' GROUP BY request_id) e
  ON e.request_id = q.id
CROSS JOIN calendar_axis a
CROSS JOIN calendar_axis b
WHERE a.written = CAST(q.received_on AS TEXT) AND b.written = CAST(e.asked_on AS TEXT)
  AND b.worked - a.worked > 7
ORDER BY k, d
