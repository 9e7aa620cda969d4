-- id: LOG-008
-- name: time-goes-backwards
-- severity: medium
-- title.zh: 审计时间倒退
-- title.en: Time goes backwards in the log
-- clause: GB/T 22239 8.1.4.3 b; clock discipline
-- parameters:
-- remedy.zh: 检查时钟同步；记录时间跳变
-- remedy.en: check the clock and its source; note the jump
-- why.zh: 时间准确的记录才能作证：后一条的时间早于前一条一分钟以上，或事后补入的条目排在较晚的之后封存。
-- why.en: Entries prove something while their time is right: one is dated more than a minute before the one ahead of it, or was put in later and sealed behind younger ones.
-- waivable: true
SELECT x.t AS t, x.k AS k, MIN(x.d) AS d
FROM (
  SELECT 'audit_log' AS t, CAST(n.seq AS TEXT) AS k, substr(n.earlier, 1, 19) || ' then ' || substr(n.now, 1, 19) AS d
  FROM (
    SELECT seq, CAST(at AS TEXT) AS now, CAST(LAG(at) OVER (ORDER BY seq) AS TEXT) AS earlier FROM audit_log
  ) n
  WHERE n.now < n.earlier
    AND (substr(n.now, 1, 10) < substr(n.earlier, 1, 10)
      OR 3600 * CAST(substr(n.earlier, 12, 2) AS INTEGER) + 60 * CAST(substr(n.earlier, 15, 2) AS INTEGER) + CAST(substr(n.earlier, 18, 2) AS INTEGER)
       - 3600 * CAST(substr(n.now, 12, 2) AS INTEGER) - 60 * CAST(substr(n.now, 15, 2) AS INTEGER) - CAST(substr(n.now, 18, 2) AS INTEGER) > 60)
  UNION ALL
  SELECT 'audit_log' AS t, CAST(n.seq AS TEXT) AS k, 'sealed behind ' || CAST(n.before AS TEXT) || ', ' || substr(n.earlier, 1, 19) || ' then ' || substr(n.now, 1, 19) AS d
  FROM (
    SELECT l.seq, o.before, CAST(l.at AS TEXT) AS now, CAST(b.at AS TEXT) AS earlier
    FROM (SELECT log_seq, LAG(log_seq) OVER (ORDER BY no) AS before FROM audit_seal) o
    JOIN audit_log l ON l.seq = o.log_seq
    JOIN audit_log b ON b.seq = o.before
    WHERE o.log_seq < o.before
  ) n
  WHERE n.now < n.earlier
    AND (substr(n.now, 1, 10) < substr(n.earlier, 1, 10)
      OR 3600 * CAST(substr(n.earlier, 12, 2) AS INTEGER) + 60 * CAST(substr(n.earlier, 15, 2) AS INTEGER) + CAST(substr(n.earlier, 18, 2) AS INTEGER)
       - 3600 * CAST(substr(n.now, 12, 2) AS INTEGER) - 60 * CAST(substr(n.now, 15, 2) AS INTEGER) - CAST(substr(n.now, 18, 2) AS INTEGER) > 60)
) x
GROUP BY x.t, x.k
ORDER BY k, d
