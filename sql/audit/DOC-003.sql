-- id: DOC-003
-- name: number-missing
-- severity: medium
-- title.zh: 发文字号缺号未登记
-- title.en: Gap in the number series not registered as void
-- clause: 党政机关公文处理工作条例 Art 25 (登记)
-- parameters:
-- remedy.zh: 查明缺号，登记空号、废号及其原因和批准人
-- remedy.en: find out why, and register the number as void with reason and approver
-- why.zh: 发文登记逐号连续，未用的号应登记为空号、废号。缺口只在已登记的末号之内可见。
-- why.en: Numbers run without gaps; one not used is registered as void. A gap is seen only below the last number of the register.
-- waivable: true
WITH used AS (
  SELECT doc_word, doc_year, doc_no FROM document WHERE direction = 'out' AND doc_no IS NOT NULL
  UNION SELECT doc_word, doc_year, doc_no FROM document_number_void
  UNION SELECT doc_word, doc_year, 0 FROM doc_serial
  UNION SELECT doc_word, doc_year, last_no + 1 FROM doc_serial
), placed AS (
  SELECT doc_word, doc_year, doc_no, LAG(doc_no) OVER (PARTITION BY doc_word, doc_year ORDER BY doc_no) AS before FROM used
)
SELECT 'doc_serial' AS t, p.doc_word || '〔' || CAST(p.doc_year AS TEXT) || '〕' || CAST(p.before + 1 AS TEXT) || '号' AS k,
  CASE WHEN p.doc_no - p.before = 2 THEN 'missing' ELSE 'missing to ' || CAST(p.doc_no - 1 AS TEXT) END AS d
FROM placed p JOIN doc_serial s ON s.doc_word = p.doc_word AND s.doc_year = p.doc_year
WHERE p.doc_no - p.before > 1 AND p.doc_no <= s.last_no + 1
ORDER BY k, d
