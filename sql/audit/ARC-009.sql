-- id: ARC-009
-- name: accepted-unchecked
-- severity: high
-- title.zh: 未通过四性检测即接收
-- title.en: Accepted without all four checks passed
-- clause: 档案法 2020 Art 39; 实施条例 2024 Art 40; DA/T 70
-- parameters:
-- remedy.zh: 重做四性检测后再接收
-- remedy.en: run the four checks, then accept it again
-- why.zh: 接收前应检测真实性、完整性、可用性、安全性。
-- why.en: Authenticity, completeness, usability and safety are checked before it is accepted.
-- waivable: true
SELECT 'archive_transfer' AS t, x.no AS k,
  CASE WHEN COALESCE(x.check_authentic, FALSE) = FALSE THEN '真实性 ' ELSE '' END || CASE WHEN COALESCE(x.check_complete, FALSE) = FALSE THEN '完整性 ' ELSE '' END
    || CASE WHEN COALESCE(x.check_usable, FALSE) = FALSE THEN '可用性 ' ELSE '' END || CASE WHEN COALESCE(x.check_secure, FALSE) = FALSE THEN '安全性 ' ELSE '' END
    || 'not passed' AS d
FROM archive_transfer x
WHERE x.result = 'accepted'
  AND (COALESCE(x.check_authentic, FALSE) = FALSE OR COALESCE(x.check_complete, FALSE) = FALSE
    OR COALESCE(x.check_usable, FALSE) = FALSE OR COALESCE(x.check_secure, FALSE) = FALSE)
ORDER BY k, d
