-- id: OPS-001
-- name: duty-line-open
-- severity: medium
-- title.zh: 双重值班缺岗
-- title.en: A day in the coming week without both duty lines
-- clause: 双重值班制度
-- parameters: today, roster_to, gap_from
-- remedy.zh: 补排值班表
-- remedy.en: fill the roster
-- why.zh: 双重值班：信息安全与信息编辑两条线每日有人。尚未排过班的新库一个月内不作要求。
-- why.en: Two duty lines have somebody every day. A database younger than a month that keeps no roster is let be.
-- waivable: true
SELECT 'duty_roster' AS t, c.written AS k, CAST(COUNT(DISTINCT CASE WHEN u.id IS NOT NULL THEN r.line END) AS TEXT) || ' of 2 lines' AS d
FROM calendar_axis c
LEFT JOIN duty_roster r ON r.on_date = c.day
LEFT JOIN oa_user u ON u.id = r.user_id AND u.status = 'active'
WHERE c.day >= :today AND c.day < :roster_to
  AND (EXISTS (SELECT 1 FROM duty_roster) OR EXISTS (SELECT 1 FROM audit_log WHERE at < :gap_from))
GROUP BY c.written
HAVING COUNT(DISTINCT CASE WHEN u.id IS NOT NULL THEN r.line END) < 2
ORDER BY k, d
