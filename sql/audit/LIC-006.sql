-- id: LIC-006
-- name: item-version-not-in-force
-- severity: high
-- title.zh: 办件使用失效事项版本
-- title.en: Case filed under an item version not in force that day
-- clause: local
-- parameters:
-- remedy.zh: 改用收件当日有效的事项版本
-- remedy.en: move it to the version in force on the day of receipt
-- why.zh: 办件应当依据收件当日有效的事项版本。
-- why.en: A case goes by the version of the item in force on the day it was received.
-- waivable: true
SELECT 'license_case' AS t, q.no AS k,
  v.name || ' v' || CAST(v.no AS TEXT) || ' ' || CAST(v.valid_from AS TEXT) || '..' || COALESCE(CAST(v.valid_to AS TEXT), '') || ', received '
    || CAST(q.received_on AS TEXT) AS d
FROM license_case q JOIN license_version v ON v.item_id = q.item_id AND v.no = q.item_version_no
WHERE q.received_on < v.valid_from OR q.received_on >= v.valid_to
ORDER BY k, d
