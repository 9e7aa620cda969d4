-- id: ARC-010
-- name: transfer-without-result
-- severity: medium
-- title.zh: 移交未回执
-- title.en: Transfer sent more than 30 days ago without a result
-- clause: 电子档案移交与接收 (登记表 by both sides)
-- parameters: transfer_before
-- remedy.zh: 联系档案馆
-- remedy.en: ask the archive
-- why.zh: 移交双方应在登记表上签认。
-- why.en: Both sides sign for a transfer.
-- waivable: true
SELECT 'archive_transfer' AS t, x.no AS k, 'sent ' || substr(CAST(x.sent_at AS TEXT), 1, 10) AS d
FROM archive_transfer x
WHERE x.result = 'pending' AND x.sent_at < :transfer_before
ORDER BY k, d
