-- id: AUD-002
-- name: waiver-without-finding
-- severity: low
-- title.zh: 豁免无对应发现
-- title.en: Waiver matches no finding any more
-- clause: 审计惯例 (豁免与发现对应)
-- parameters:
-- remedy.zh: 撤销
-- remedy.en: revoke it
-- why.zh: 问题已不存在，豁免也应撤销，以免遮住将来的问题。
-- why.en: The fault is gone: a waiver left behind would hide the next one.
-- waivable: true
SELECT 'audit_waiver' AS t, w.rule_id || COALESCE(' ' || w.fingerprint, '') || ' of ' || CAST(w.created_on AS TEXT) AS k, 'matches no finding' AS d
FROM audit_waiver w
WHERE w.revoked_on IS NULL AND EXISTS (SELECT 1 FROM audit_finding)
  AND NOT EXISTS (SELECT 1 FROM audit_finding f
    WHERE f.rule_id = w.rule_id AND (w.fingerprint IS NULL OR f.fingerprint = w.fingerprint) AND f.state <> 'fixed')
ORDER BY k, d
