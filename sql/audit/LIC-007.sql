-- id: LIC-007
-- name: special-procedure-not-ended
-- severity: medium
-- title.zh: 特别程序未结束超期
-- title.en: Special procedure open past its stated end
-- clause: 行政许可法 Art 45 (the time needed is told in writing)
-- parameters: today
-- remedy.zh: 结束特别程序（swj case resume）；自载明的结束日起重新计时
-- remedy.en: end it (swj case resume); the clock runs again from the day that was told
-- why.zh: 听证、招标、检验等所需时间应当书面告知，时间已过仍未结束，或办件已决定而程序未结。
-- why.en: The time a procedure needs is told in writing: that time is over, or the case is decided and the procedure still open.
-- waivable: true
SELECT 'license_case' AS t, q.no AS k, 'told to end ' || CAST(MIN(s.until_on) AS TEXT) AS d
FROM license_case_special s JOIN license_case q ON q.id = s.case_id
WHERE s.kind = '2' AND s.ended_on IS NULL AND s.until_on < :today AND q.status IN ('accepted', 'review')
GROUP BY q.no
UNION ALL
SELECT 'license_case' AS t, q.no AS k, s.name || ' open since ' || CAST(s.started_on AS TEXT) || ', case ' || q.status AS d
FROM license_case_special s JOIN license_case q ON q.id = s.case_id
WHERE s.kind = '2' AND s.ended_on IS NULL AND q.status IN ('decided', 'delivered', 'archived', 'refused', 'withdrawn')
ORDER BY k, d
