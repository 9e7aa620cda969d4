-- id: LIC-002
-- name: case-past-its-promise
-- severity: medium
-- title.zh: 办件超承诺期限
-- title.en: Case past its promised limit
-- clause: 行政许可法 (承诺时限, 权责清单)
-- parameters: today
-- remedy.zh: 尽快办结；亮红灯
-- remedy.en: decide it; a red card
-- why.zh: 承诺时限已向社会公布，应当遵守。
-- why.en: The promised limit was published and is kept.
-- waivable: true
SELECT 'license_case' AS t, q.no AS k,
  'promised ' || CAST(q.promise_due_on AS TEXT) || ', ' || COALESCE('decided ' || CAST(q.decided_on AS TEXT), 'not decided') AS d
FROM license_case q
WHERE q.promise_due_on IS NOT NULL AND q.status NOT IN ('received', 'supplement', 'withdrawn')
  AND COALESCE(q.outcome, '') NOT IN ('not_accepted', 'withdrawn', 'terminated')
  AND COALESCE(q.decided_on, :today) > COALESCE(q.extended_due_on, q.promise_due_on)
  AND NOT EXISTS (SELECT 1 FROM license_case_special p WHERE p.case_id = q.id AND p.kind = '2' AND p.ended_on IS NULL AND p.started_on <= COALESCE(q.extended_due_on, q.promise_due_on))
ORDER BY k, d
