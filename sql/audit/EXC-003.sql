-- id: EXC-003
-- name: package-not-its-manifest
-- severity: critical
-- title.zh: 公文包校验值不符
-- title.en: Package content does not match its manifest
-- clause: GB/T 22239 8.1.4.7 a; GB/T 33482
-- parameters:
-- remedy.zh: 写明原因退回；未校验的包不得签收
-- remedy.en: return it with the reason; never sign for an unverified package
-- why.zh: 传输中应保证完整：内容与清单不符，或未校验即签收。
-- why.en: Transfer keeps content whole: this one is not what its manifest says, or was signed for unverified.
-- waivable: false
SELECT 'exchange_package' AS t, p.package_no AS k,
  'manifest ' || substr(p.manifest_sha256, 1, 12) || ', computed ' || COALESCE(substr(p.computed_sha256, 1, 12), 'never') AS d
FROM exchange_package p
WHERE p.computed_sha256 <> p.manifest_sha256 OR (p.direction = 'in' AND p.state = 'signed' AND p.computed_sha256 IS NULL)
ORDER BY k, d
