-- id: EXC-005
-- name: return-not-dealt-with
-- severity: medium
-- title.zh: 退回未处理
-- title.en: Returned package with no reason or not replaced in 2 working days
-- clause: 公文交换制度 (退回由发送方及时处理)
-- parameters: today
-- remedy.zh: 改正后重发，或注明原因结束
-- remedy.en: correct it and send again, or close it with a note
-- why.zh: 退回的公文由发送方及时处理；退回应说明原因。
-- why.en: The sender deals with a return at once; a return gives its reason.
-- waivable: true
SELECT 'exchange_package' AS t, p.package_no AS k, CASE WHEN COALESCE(r.reason, '') = '' THEN 'no reason' ELSE 'returned ' || a.written || ': ' || r.reason END AS d
FROM exchange_package p
JOIN exchange_receipt r ON r.package_id = p.id AND r.kind = 'returned'
CROSS JOIN calendar_axis a
CROSS JOIN calendar_axis b
WHERE a.written = substr(CAST(r.at AS TEXT), 1, 10) AND b.day = :today
  AND p.state = 'returned'
  AND (COALESCE(r.reason, '') = ''
    OR (b.worked - a.worked > 2 AND NOT EXISTS (SELECT 1 FROM exchange_package s WHERE s.supersedes_id = p.id)))
ORDER BY k, d
