-- id: LOG-005
-- name: log-kept-too-short
-- severity: high
-- title.zh: 日志留存不足六个月
-- title.en: Log kept for less than 6 months
-- clause: 网络安全法 (采取监测、记录网络运行状态的技术措施, 留存不少于六个月; Art 21(3) of the 2016 text)
-- parameters: log_keep_before
-- remedy.zh: 从备份恢复被截去的部分；延长留存（swj log purge 只清理满期部分）
-- remedy.en: bring the cut part back from a backup; keep the log longer (swj log purge takes only what is past the term)
-- why.zh: 网络日志留存不少于六个月：首条不在、不是建库的一条，或有更早的检查点为证，而现存最早一条不满六个月；或清理了不满六个月的记录。
-- why.en: Logs are kept for 6 months at least: the first entry is gone or is not that of init, or a checkpoint is older than the log, and the oldest entry left is younger than that; or a purge took younger ones.
-- waivable: true
SELECT 'audit_log' AS t, 'oldest' AS k,
  COALESCE('from seal ' || CAST(o.no AS TEXT) || ' of ' || substr(CAST(o.at AS TEXT), 1, 10), 'empty') AS d
FROM (SELECT (SELECT MIN(no) FROM audit_seal) AS no, (SELECT MIN(at) FROM audit_log) AS at) o
WHERE o.no IS NULL
  OR (NOT EXISTS (SELECT 1 FROM audit_purge p WHERE p.last_no = o.no - 1) AND o.at > :log_keep_before
    AND (o.no > 1 OR EXISTS (SELECT 1 FROM audit_checkpoint c WHERE c.created_at < o.at)
      OR EXISTS (SELECT 1 FROM audit_seal s JOIN audit_log l ON l.seq = s.log_seq WHERE s.no = 1 AND l.verb <> 'init')))
UNION ALL
SELECT 'audit_purge' AS t, 'to ' || CAST(p.last_no AS TEXT) AS k,
  'purged ' || substr(CAST(p.purged_at AS TEXT), 1, 10) || ', the newest entry of ' || substr(CAST(p.last_at AS TEXT), 1, 10) AS d
FROM audit_purge p
WHERE 12 * CAST(substr(CAST(p.purged_at AS TEXT), 1, 4) AS INTEGER) + CAST(substr(CAST(p.purged_at AS TEXT), 6, 2) AS INTEGER)
    - 12 * CAST(substr(CAST(p.last_at AS TEXT), 1, 4) AS INTEGER) - CAST(substr(CAST(p.last_at AS TEXT), 6, 2) AS INTEGER)
    - CASE WHEN substr(CAST(p.purged_at AS TEXT), 9, 2) <= substr(CAST(p.last_at AS TEXT), 9, 2) THEN 1 ELSE 0 END < 6
ORDER BY k, d
