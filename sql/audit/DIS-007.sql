-- id: DIS-007
-- name: annual-report-late
-- severity: medium
-- title.zh: 年度报告逾期未发布
-- title.en: Yearly report not published by 31 January
-- clause: 信息公开条例 Art 49
-- parameters: now_year, today
-- remedy.zh: 编制并公布年度报告，再作登记（swj stats year、swj stats freeze）
-- remedy.en: make and publish the report, then seal it (swj stats year, swj stats freeze)
-- why.zh: 每年1月31日前公布上一年度政府信息公开工作年度报告。
-- why.en: The report of the year before is published by 31 January.
-- waivable: true
SELECT 'disclosure_item' AS t, CAST(:now_year - 1 AS TEXT) AS k, 'no annual report by ' || CAST(:now_year AS TEXT) || '-01-31' AS d
FROM (SELECT MIN(formed_on) AS first_on FROM disclosure_item) f
WHERE CAST(:today AS TEXT) > CAST(:now_year AS TEXT) || '-01-31'
  AND CAST(f.first_on AS TEXT) < CAST(:now_year AS TEXT) || '-01-01'
  AND NOT EXISTS (SELECT 1 FROM ops_record
    WHERE kind = 'annual_report' AND title LIKE '%' || CAST(:now_year - 1 AS TEXT) || '%'
      AND substr(CAST(closed_at AS TEXT), 1, 10) <= CAST(:now_year AS TEXT) || '-01-31')
  AND NOT EXISTS (SELECT 1 FROM disclosure_report r
    WHERE r.period = CAST(:now_year - 1 AS TEXT) AND substr(CAST(r.frozen_at AS TEXT), 1, 10) <= CAST(:now_year AS TEXT) || '-01-31')
