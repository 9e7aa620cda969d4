-- id: ARC-003
-- name: code-used-twice
-- severity: high
-- title.zh: 档号重复
-- title.en: Archival code used twice
-- clause: DA/T 13-2022 4.1 (唯一性)
-- parameters:
-- remedy.zh: 查明哪一个有误
-- remedy.en: find out which is wrong
-- why.zh: 档号具有唯一性。
-- why.en: A code is unique.
-- waivable: true
SELECT 'archive_item' AS t, a.archival_code AS k, CAST(COUNT(*) AS TEXT) || ' items: ' || MIN(a.title) || ', ' || MAX(a.title) AS d
FROM archive_item a
GROUP BY a.archival_code
HAVING COUNT(*) > 1
ORDER BY k, d
