-- id: DOC-004
-- name: number-out-of-order
-- severity: low
-- title.zh: 字号次序与签发日期倒置
-- title.en: Later number signed earlier (by more than 7 days)
-- clause: local
-- parameters:
-- remedy.zh: 查明是否预留字号
-- remedy.en: find out whether numbers were held back
-- why.zh: 后号的成文日期早于前号七日以上，多为预留字号或倒签。
-- why.en: A later number dated more than 7 days before the one ahead of it was held back, or dated backwards.
-- waivable: true
SELECT 'document' AS t, b.doc_no_text AS k,
  'dated ' || CAST(b.issued_on AS TEXT) || ', the number before it ' || CAST(b.earlier AS TEXT) AS d
FROM (
  SELECT COALESCE(d.doc_no_text, d.title || ' #' || CAST(d.id AS TEXT)) AS doc_no_text, d.issued_on, d.doc_no,
    LAG(d.issued_on) OVER (PARTITION BY d.doc_word, d.doc_year ORDER BY d.doc_no) AS earlier,
    LAG(d.doc_no) OVER (PARTITION BY d.doc_word, d.doc_year ORDER BY d.doc_no) AS before
  FROM document d
  WHERE d.direction = 'out' AND d.status <> 'void' AND d.doc_word IS NOT NULL AND d.doc_no IS NOT NULL
) b
CROSS JOIN calendar_axis x
CROSS JOIN calendar_axis y
WHERE x.written = CAST(b.issued_on AS TEXT) AND y.written = CAST(b.earlier AS TEXT)
  AND b.before = b.doc_no - 1 AND b.issued_on < b.earlier AND y.number - x.number > 7
ORDER BY k, d
