-- id: DOC-008
-- name: secrecy-period
-- severity: high
-- title.zh: 密级无期限或超过上限
-- title.en: Classification without a period, or over the maximum
-- clause: 保守国家秘密法 2024 Art 20: 绝密 30, 机密 20, 秘密 10 years
-- parameters:
-- remedy.zh: 请定密机关明确保密期限
-- remedy.en: ask the organ that classified it for the period
-- why.zh: 保密期限：绝密级不超过三十年，机密级不超过二十年，秘密级不超过十年。
-- why.en: A classification has a period: top secret at most 30, confidential 20, secret 10 years.
-- waivable: true
SELECT 'document' AS t, COALESCE(d.doc_no_text, d.title || ' #' || CAST(d.id AS TEXT)) AS k, d.secrecy || ' ' || COALESCE(CAST(d.secrecy_years AS TEXT) || ' years', 'no period') AS d
FROM document d
WHERE d.secrecy <> 'none'
  AND (d.secrecy_years IS NULL OR d.secrecy_years > CASE d.secrecy WHEN 'top_secret' THEN 30 WHEN 'confidential' THEN 20 ELSE 10 END)
ORDER BY k, d
