-- id: EXC-009
-- name: sequence-with-gaps
-- severity: medium
-- title.zh: 交换序号断号
-- title.en: Gap in the sequence from one peer
-- clause: 公文交换制度 (序号连续)
-- parameters:
-- remedy.zh: 向对端索取缺失的包
-- remedy.en: ask the peer for the missing numbers
-- why.zh: 每一对端的序号连续，断号说明有包未到。
-- why.en: Each peer numbers without gaps: a missing number is a package that did not arrive.
-- waivable: true
SELECT 'exchange_peer' AS t, e.code || '/' || p.direction AS k,
  CAST(COUNT(DISTINCT p.sequence_no) AS TEXT) || ' packages, highest ' || CAST(MAX(p.sequence_no) AS TEXT) AS d
FROM exchange_package p JOIN exchange_peer e ON e.id = p.peer_id
GROUP BY e.code, p.direction
HAVING MAX(p.sequence_no) <> COUNT(DISTINCT p.sequence_no)
ORDER BY k, d
