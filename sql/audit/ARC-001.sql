-- id: ARC-001
-- name: not-filed-in-time
-- severity: high
-- title.zh: 办结公文逾期未归档
-- title.en: Documents of past years not filed by 30 June
-- clause: 归档 by end of June of the next year (local rules seen); 档案法实施条例 2024 Art 19
-- parameters: archive_year
-- remedy.zh: 归档（次年6月底前）
-- remedy.en: file them (by the end of June of the next year)
-- why.zh: 办理完毕的公文应在次年六月底前归档。
-- why.en: What is finished is filed by the end of June of the next year.
-- waivable: true
SELECT 'document' AS t, COALESCE(d.doc_no_text, d.title || ' #' || CAST(d.id AS TEXT)) AS k, 'finished ' || COALESCE(substr(CAST(d.finished_at AS TEXT), 1, 10), '?') AS d
FROM document d
WHERE d.status = 'finished' AND CAST(substr(CAST(d.finished_at AS TEXT), 1, 4) AS INTEGER) <= :archive_year
  AND NOT EXISTS (SELECT 1 FROM archive_item a WHERE a.document_id = d.id)
ORDER BY k, d
