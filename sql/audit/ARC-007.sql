-- id: ARC-007
-- name: format-not-for-keeping
-- severity: medium
-- title.zh: 归档格式不合规或无校验值
-- title.en: Format not fit for keeping, or no hash or size
-- clause: DA/T 70 可用性; DA/T 47; GB/T 18894-2016
-- parameters:
-- remedy.zh: 转为 OFD 或 PDF/A，计算校验值
-- remedy.en: convert it to OFD or PDF/A, and hash it
-- why.zh: 归档格式应当适于长期保存，并有字节数和校验值。
-- why.en: A file is kept in a format fit for it, with its size and hash.
-- waivable: true
SELECT 'archive_item' AS t, a.archival_code AS k,
  COALESCE(a.format, 'no format') || ', ' || COALESCE(CAST(a.bytes AS TEXT), 'no') || ' bytes' || CASE WHEN a.sha256 IS NULL THEN ', no hash' ELSE '' END AS d
FROM archive_item a
WHERE a.status <> 'destroyed' AND a.document_id IS NOT NULL
  AND (COALESCE(a.bytes, 0) <= 0 OR a.sha256 IS NULL
    OR (lower(COALESCE(a.format, '')) NOT IN ('ofd', 'pdf', 'pdf/a', 'xml', 'txt', 'tiff', 'jpeg', 'wav', 'mp3', 'mp4')
      AND NOT EXISTS (SELECT 1 FROM code_item c WHERE c.list = 'archive_format' AND c.code = a.format)))
ORDER BY k, d
