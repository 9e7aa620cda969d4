-- id: ARC-011
-- name: electronic-file-not-transferred
-- severity: medium
-- title.zh: 电子档案到期未移交
-- title.en: Permanent or 30-year electronic file older than 5 years, not transferred
-- clause: 电子档案移交与接收办法 (5 years); 实施条例 2024 Art 20: 20 years (city), 10 (county) for the archive as a whole
-- parameters: etransfer_before
-- remedy.zh: 列入移交计划
-- remedy.en: put it on the transfer plan
-- why.zh: 永久和长期的电子档案，一般自形成之日起五年内移交。
-- why.en: Electronic files kept for ever or 30 years are transferred within 5 years, in general.
-- waivable: true
SELECT 'archive_item' AS t, a.archival_code AS k, 'formed ' || CAST(a.formed_on AS TEXT) AS d
FROM archive_item a
WHERE a.status = 'kept' AND a.transfer_id IS NULL AND a.retention IN ('Y', 'D30') AND a.formed_on < :etransfer_before
ORDER BY k, d
