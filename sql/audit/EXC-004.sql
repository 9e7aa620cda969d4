-- id: EXC-004
-- name: one-number-two-contents
-- severity: critical
-- title.zh: 同号异包
-- title.en: Same package number, different content
-- clause: 公文交换制度 (编号、对端、清单校验值唯一)
-- parameters:
-- remedy.zh: 两包都隔离；询问发送方
-- remedy.en: set both aside; ask the sender
-- why.zh: 一号一包：同号而内容不同，其中必有一份不真。
-- why.en: One number is one package: of two contents one is not genuine.
-- waivable: true
SELECT 'exchange_package' AS t, p.package_no AS k, CAST(COUNT(DISTINCT p.manifest_sha256) AS TEXT) || ' contents, ' || e.code || '/' || p.direction AS d
FROM exchange_package p JOIN exchange_peer e ON e.id = p.peer_id
GROUP BY p.package_no, e.code, p.direction
HAVING COUNT(DISTINCT p.manifest_sha256) > 1
ORDER BY k, d
