-- id: UNI-006
-- name: idle-unit
-- severity: medium
-- title.zh: 接入单位长期无人登录
-- title.en: Unit on the OA with no login for a month
-- clause: seed: usage counted in the yearly assessment
-- parameters: unit_idle_before
-- remedy.zh: 告知该单位；年度考核计入
-- remedy.en: tell the unit; it counts in the yearly assessment
-- why.zh: 接入单位长期无人登录，应用考核应予反映。
-- why.en: A unit on the OA that nobody uses belongs in the assessment.
-- waivable: true
SELECT 'unit' AS t, n.code AS k, 'no login since ' || CAST(:unit_idle_before AS TEXT) AS d
FROM unit n
WHERE n.status = 'active' AND n.oa_mode = 'full' AND n.kind IN ('office', 'subordinate')
  AND n.opened_on < :unit_idle_before
  AND NOT EXISTS (SELECT 1 FROM oa_user u WHERE u.unit_id = n.id AND substr(CAST(u.last_login_at AS TEXT), 1, 10) >= CAST(:unit_idle_before AS TEXT))
ORDER BY k, d
