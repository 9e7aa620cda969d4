-- id: ARC-008
-- name: transfer-counts-differ
-- severity: high
-- title.zh: 移交件数或字节数不符
-- title.en: Counts or bytes of a transfer differ from its items
-- clause: DA/T 70 (总件数相符性, 总字节数相符性)
-- parameters:
-- remedy.zh: 重做移交数据包
-- remedy.en: build the package anew
-- why.zh: 移交的总件数、总字节数应与实际相符。
-- why.en: Items and bytes of a transfer are those that are there.
-- waivable: true
SELECT 'archive_transfer' AS t, x.no AS k,
  CAST(x.item_count AS TEXT) || ' items, ' || CAST(x.total_bytes AS TEXT) || ' bytes declared, '
    || CAST(COALESCE(a.items, 0) AS TEXT) || ', ' || CAST(COALESCE(a.bytes, 0) AS TEXT) || ' found' AS d
FROM archive_transfer x
LEFT JOIN (SELECT transfer_id, COUNT(*) AS items, COALESCE(SUM(bytes), 0) AS bytes FROM archive_item GROUP BY transfer_id) a ON a.transfer_id = x.id
WHERE x.item_count <> COALESCE(a.items, 0) OR x.total_bytes <> COALESCE(a.bytes, 0)
ORDER BY k, d
