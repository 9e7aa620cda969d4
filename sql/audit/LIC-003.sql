-- id: LIC-003
-- name: not-accepted-in-time
-- severity: high
-- title.zh: 五个工作日内未作受理决定
-- title.en: No acceptance decision in 5 working days
-- clause: 行政许可法 Art 32 (silence = accepted from receipt)
-- parameters: today
-- remedy.zh: 逾期不告知的，自收到材料之日起即为受理：按此重算期限（swj case accept）
-- remedy.en: treat it as accepted on the day of receipt and reckon the limit from there (swj case accept)
-- why.zh: 申请材料不齐全的，应当当场或者在5个工作日内一次告知；逾期不告知即为受理。
-- why.en: What is missing is told at once or within 5 working days; silence is acceptance from the day of receipt.
-- waivable: true
SELECT 'license_case' AS t, r.no AS k, 'received ' || a.written || ', '
    || CASE WHEN r.deemed_accepted = TRUE THEN 'accepted by silence' ELSE COALESCE('accepted ' || CAST(r.accepted_on AS TEXT), 'not accepted') END
    || ', ' || CAST(b.worked - a.worked AS TEXT) || ' working days' AS d
FROM (
  SELECT q.no, q.accepted_on, q.deemed_accepted, COALESCE(q.accepted_on, :today) AS by_then,
    COALESCE(e.supplied, CAST(q.received_on AS TEXT)) AS complete
  FROM license_case q
  LEFT JOIN (SELECT case_id, substr(CAST(MAX(at) AS TEXT), 1, 10) AS supplied FROM license_case_event WHERE event = 'supplement_submitted' GROUP BY case_id) e
    ON e.case_id = q.id
  WHERE q.status NOT IN ('withdrawn', 'supplement', 'refused')
) r
CROSS JOIN calendar_axis a
CROSS JOIN calendar_axis b
WHERE a.written = r.complete AND b.written = CAST(r.by_then AS TEXT)
  AND (b.worked - a.worked > 5 OR r.deemed_accepted = TRUE)
ORDER BY k, d
