-- id: UNI-004
-- name: no-information-officer
-- severity: medium
-- title.zh: 单位无在岗信息员
-- title.en: Unit on the OA without an active information officer
-- clause: seed: 三级网络 (领导小组, 职能部门, 基层信息部门)
-- parameters:
-- remedy.zh: 请单位指定人员，再 swj user set 账号 --info-officer yes
-- remedy.en: ask the unit to name one, then swj user set LOGIN --info-officer yes
-- why.zh: 三级网络要求每个单位有信息员。
-- why.en: The three-level network asks for an officer in every unit.
-- waivable: true
SELECT 'unit' AS t, n.code AS k, n.short_name AS d
FROM unit n
WHERE n.status = 'active' AND n.oa_mode = 'full' AND n.kind IN ('office', 'subordinate')
  AND NOT EXISTS (SELECT 1 FROM oa_user u WHERE u.unit_id = n.id AND u.status = 'active' AND u.is_info_officer = TRUE)
ORDER BY k, d
