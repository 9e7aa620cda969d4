-- id: OPS-002
-- name: virus-definitions-old
-- severity: medium
-- title.zh: 病毒库超期未更新
-- title.en: Virus definitions not updated for 7 days
-- clause: GB/T 22239 8.1.4.5; 定期更新病毒库
-- parameters: virus_before
-- remedy.zh: 更新病毒库并登记
-- remedy.en: update the definitions and record it
-- why.zh: 应当安装防恶意代码软件并定期升级。启用不足该期限、尚无登记的新库不作要求。
-- why.en: Software against malicious code is installed and kept up to date. A database younger than the term, with no record yet, is let be.
-- waivable: true
SELECT 'ops_record' AS t, 'virus_update' AS k, COALESCE('last ' || substr(CAST(MAX(r.closed_at) AS TEXT), 1, 10), 'never') AS d
FROM ops_record r
WHERE r.kind = 'virus_update'
HAVING MAX(r.closed_at) < :virus_before
  OR (MAX(r.closed_at) IS NULL AND EXISTS (SELECT 1 FROM audit_log WHERE at < :virus_before))
