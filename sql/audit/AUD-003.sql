-- id: AUD-003
-- name: finding-open-too-long
-- severity: high
-- title.zh: 发现逾期未整改
-- title.en: Critical or high finding open past its repair time
-- clause: local (严重3日, 高危15日)
-- parameters: crit_before, high_before
-- remedy.zh: 整改，或申请豁免
-- remedy.en: repair it, or ask for a waiver
-- why.zh: 严重问题三日内、高危问题十五日内整改。
-- why.en: What is critical is mended within 3 days, what is high within 15.
-- waivable: true
SELECT 'audit_finding' AS t, f.rule_id || '/' || f.subject_key AS k, f.severity || ' since ' || substr(CAST(f.first_seen AS TEXT), 1, 10) AS d
FROM audit_finding f
WHERE f.state IN ('new', 'open')
  AND ((f.severity = 'critical' AND f.first_seen < :crit_before) OR (f.severity = 'high' AND f.first_seen < :high_before))
ORDER BY k, d
