-- id: LOG-002
-- name: sequence-number-missing
-- severity: critical
-- title.zh: 审计序号缺失
-- title.en: Sequence number missing at the head of the chain or inside it
-- clause: GB/T 22239 8.1.4.3 c
-- parameters:
-- remedy.zh: 同 LOG-001
-- remedy.en: as for LOG-001
-- why.zh: 封条号自1起连续：缺号说明开头或中间的记录被删；只有清理记录能说明开头缺号。
-- why.en: Seals are numbered from 1 without gaps: a missing number means that entries at the head or in the middle were taken away; only a purge explains a missing head.
-- waivable: false
SELECT 'audit_seal' AS t, CAST(s.before + 1 AS TEXT) AS k,
  CASE WHEN s.no - s.before = 2 THEN 'missing' ELSE 'missing to ' || CAST(s.no - 1 AS TEXT) END AS d
FROM (SELECT no, LAG(no) OVER (ORDER BY no) AS before FROM audit_seal) s
WHERE s.no - s.before > 1
UNION ALL
SELECT 'audit_seal' AS t, CAST(b.cut + 1 AS TEXT) AS k, 'missing to ' || CAST(b.first - 1 AS TEXT) AS d
FROM (SELECT (SELECT MIN(no) FROM audit_seal) AS first, COALESCE((SELECT MAX(last_no) FROM audit_purge), 0) AS cut) b
WHERE b.first > b.cut + 1
UNION ALL
SELECT 'audit_seal' AS t, CAST(MIN(s.no) AS TEXT) AS k, 'still there, and said to be purged' AS d
FROM audit_seal s
HAVING MIN(s.no) <= (SELECT MAX(last_no) FROM audit_purge)
UNION ALL
SELECT 'audit_seal' AS t, CAST(s.no AS TEXT) AS k, 'its entry ' || CAST(s.log_seq AS TEXT) || ' is gone' AS d
FROM audit_seal s LEFT JOIN audit_log l ON l.seq = s.log_seq
WHERE l.seq IS NULL
ORDER BY k, d
