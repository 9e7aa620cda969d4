-- id: AUD-001
-- name: waiver-not-in-order
-- severity: medium
-- title.zh: 豁免过期、无期限或自批
-- title.en: Waiver expired but relied on, without an end, or approved by its requester
-- clause: 审计惯例 (豁免有期限、有理由、有批准)
-- parameters: today
-- remedy.zh: 写明理由续期，或撤销
-- remedy.en: renew it with a reason, or revoke it
-- why.zh: 豁免应有理由、期限，批准人不是申请人。
-- why.en: A waiver has a reason and an end, and is approved by another than who asked for it.
-- waivable: true
SELECT 'audit_waiver' AS t, w.rule_id || COALESCE(' ' || w.fingerprint, '') || ' of ' || CAST(w.created_on AS TEXT) AS k,
  CASE WHEN w.expires_on IS NULL THEN 'no end' WHEN w.expires_on < :today THEN 'expired ' || CAST(w.expires_on AS TEXT)
    WHEN w.approved_by IS NULL THEN 'not approved' WHEN w.approved_by = w.requested_by THEN 'approved by who asked for it' ELSE 'no reason' END AS d
FROM audit_waiver w
WHERE w.revoked_on IS NULL
  AND (w.expires_on IS NULL OR w.expires_on < :today OR w.approved_by IS NULL OR w.approved_by = w.requested_by OR w.reason = '')
ORDER BY k, d
