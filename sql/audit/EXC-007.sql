-- id: EXC-007
-- name: past-the-gateway
-- severity: medium
-- title.zh: 未经统一出口报送
-- title.en: Sent to a peer not through its gateway unit
-- clause: 公文交换制度 (统一出口)
-- parameters:
-- remedy.zh: 经统一出口单位报送
-- remedy.en: route it through the gateway unit
-- why.zh: 报送上级的公文经统一出口（如局办公室）。
-- why.en: What goes to a superior goes through one door, such as the office of the bureau.
-- waivable: true
SELECT 'exchange_package' AS t, p.package_no AS k, e.name || ' from ' || COALESCE(n.short_name, 'no unit') AS d
FROM exchange_package p
JOIN exchange_peer e ON e.id = p.peer_id
LEFT JOIN unit n ON n.id = p.sender_unit_id
WHERE p.direction = 'out' AND p.state <> 'built' AND e.gateway_unit_id IS NOT NULL
  AND (p.sender_unit_id IS NULL OR p.sender_unit_id <> e.gateway_unit_id)
ORDER BY k, d
