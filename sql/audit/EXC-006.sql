-- id: EXC-006
-- name: receipt-not-of-the-package
-- severity: high
-- title.zh: 回执与公文包不符
-- title.en: Receipt earlier than sending, or for another content
-- clause: 公文交换制度 (回执不可抵赖)
-- parameters:
-- remedy.zh: 拒收回执；核对时钟
-- remedy.en: reject the receipt; check the clocks
-- why.zh: 回执证明收到的是哪一份、何时收到。
-- why.en: A receipt proves what was received and when.
-- waivable: true
SELECT 'exchange_receipt' AS t, r.receipt_no AS k,
  CASE WHEN r.manifest_sha256 <> p.manifest_sha256 THEN 'another content than ' || p.package_no
    ELSE p.package_no || ' sent ' || substr(CAST(p.sent_at AS TEXT), 1, 19) || ', receipt ' || substr(CAST(r.at AS TEXT), 1, 19) END AS d
FROM exchange_receipt r JOIN exchange_package p ON p.id = r.package_id
WHERE r.manifest_sha256 <> p.manifest_sha256 OR r.at < p.sent_at
ORDER BY k, d
