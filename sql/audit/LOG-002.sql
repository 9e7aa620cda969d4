-- id: LOG-002
-- name: sequence-number-missing
-- severity: critical
-- title.zh: 审计序号缺失
-- title.en: Sequence number missing inside the chain
-- clause: GB/T 22239 8.1.4.3 c
-- parameters:
-- remedy.zh: 同 LOG-001
-- remedy.en: as for LOG-001
-- why.zh: 封条号连续：缺号说明中间的记录被删。
-- why.en: Seals are numbered without gaps: a missing number means that entries in the middle were taken away.
-- waivable: false
SELECT 'audit_seal' AS t, CAST(s.before + 1 AS TEXT) AS k,
  CASE WHEN s.no - s.before = 2 THEN 'missing' ELSE 'missing to ' || CAST(s.no - 1 AS TEXT) END AS d
FROM (SELECT no, LAG(no) OVER (ORDER BY no) AS before FROM audit_seal) s
WHERE s.no - s.before > 1
UNION ALL
SELECT 'audit_seal' AS t, CAST(p.last_no + 1 AS TEXT) AS k, 'missing behind what was purged' AS d
FROM audit_purge p
WHERE p.last_no = (SELECT MAX(last_no) FROM audit_purge) AND (SELECT MIN(no) FROM audit_seal) > p.last_no + 1
UNION ALL
SELECT 'audit_seal' AS t, CAST(s.no AS TEXT) AS k, 'its entry ' || CAST(s.log_seq AS TEXT) || ' is gone' AS d
FROM audit_seal s LEFT JOIN audit_log l ON l.seq = s.log_seq
WHERE l.seq IS NULL
ORDER BY k, d
