-- id: EXC-001
-- name: no-receipt
-- severity: high
-- title.zh: 发出后24小时无回执
-- title.en: No receipt 24 hours after sending
-- clause: 公文交换制度 (发送方24小时内核对)
-- parameters: receipt_before
-- remedy.zh: 查询对方；电话联系
-- remedy.en: ask the receiver, by telephone if need be
-- why.zh: 发出后应在24小时内核对回执。
-- why.en: The sender looks for the receipt within 24 hours.
-- waivable: true
SELECT 'exchange_package' AS t, p.package_no AS k, 'sent ' || substr(CAST(p.sent_at AS TEXT), 1, 16) AS d
FROM exchange_package p
WHERE p.direction = 'out' AND p.state IN ('sent', 'delivered') AND p.sent_at < :receipt_before
  AND NOT EXISTS (SELECT 1 FROM exchange_receipt r WHERE r.package_id = p.id AND r.kind IN ('signed', 'returned'))
ORDER BY k, d
