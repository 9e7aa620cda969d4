-- id: SCH-003
-- name: year-without-calendar
-- severity: medium
-- title.zh: 工作日历缺年
-- title.en: No working-day calendar for a year in use
-- clause: 行政许可法 Art 82; 全国年节及纪念日放假办法
-- parameters: now_year, today
-- remedy.zh: 导入放假安排（swj calendar import）
-- remedy.en: import the notice (swj calendar import)
-- why.zh: 按工作日计算的期限离不开当年的放假安排；无安排的年份，期限可能有变。2007年以来至当年缺任何一年的安排时，按工作日判断的规则一律跳过并说明。
-- why.en: Limits in working days need the notice of the year: without it they may still move. While a year from 2007 to the current one has none, rules on working days are skipped, and say so.
-- waivable: true
WITH used AS (
  SELECT CAST(:now_year AS TEXT) AS year
  UNION SELECT substr(CAST(COALESCE(extended_due_on, due_on) AS TEXT), 1, 4) FROM disclosure_request WHERE status <> 'closed'
  UNION SELECT substr(CAST(COALESCE(extended_due_on, legal_due_on) AS TEXT), 1, 4) FROM license_case WHERE status IN ('accepted', 'review', 'special')
  UNION SELECT substr(written, 1, 4) FROM calendar_axis WHERE written >= '2007' AND day <= :today
), covered AS (
  SELECT substr(CAST(day AS TEXT), 1, 4) AS year FROM calendar_day WHERE is_workday = FALSE GROUP BY substr(CAST(day AS TEXT), 1, 4) HAVING COUNT(*) >= 5
)
SELECT 'calendar_day' AS t, u.year AS k, 'no notice of public holidays' AS d
FROM used u LEFT JOIN covered c ON c.year = u.year
WHERE u.year IS NOT NULL AND c.year IS NULL AND u.year >= '2007'
ORDER BY k, d
