-- id: ARC-013
-- name: year-not-of-formation
-- severity: low
-- title.zh: 归档年度与形成日期不符
-- title.en: Year in the code differs from the year of formation
-- clause: DA/T 22-2015 (年度; carried-over papers allowed)
-- parameters:
-- remedy.zh: 逐件核对；跨年办理的予以豁免
-- remedy.en: check by hand; waive what was carried over
-- why.zh: 年度按文件形成年度确定，跨年办理的例外。
-- why.en: The year is that of formation, save what was carried over.
-- waivable: true
SELECT 'archive_item' AS t, a.archival_code AS k, 'formed ' || CAST(a.formed_on AS TEXT) AS d
FROM archive_item a
WHERE CAST(substr(CAST(a.formed_on AS TEXT), 1, 4) AS INTEGER) <> a.year
ORDER BY k, d
