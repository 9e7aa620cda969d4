-- id: ROL-004
-- name: self-granted
-- severity: high
-- title.zh: 自授权或自审批
-- title.en: Grant made or approved by the grantee, or approved by its maker
-- clause: GB/T 22239 8.1.7.3
-- parameters:
-- remedy.zh: 由另外两人重新授予和审批
-- remedy.en: have two other people grant and approve it again
-- why.zh: 给自己授权或自己审批，等于没有审批。
-- why.en: Who grants or approves for himself has not been approved.
-- waivable: true
SELECT 'user_role' AS t, u.login_name || '/' || r.code AS k,
  CASE WHEN g.granted_by = g.user_id THEN 'granted by the grantee' WHEN g.approved_by = g.user_id THEN 'approved by the grantee' ELSE 'approved by its maker' END AS d
FROM user_role g JOIN oa_user u ON u.id = g.user_id JOIN role r ON r.id = g.role_id
WHERE g.revoked_at IS NULL AND (g.granted_by = g.user_id OR g.approved_by = g.user_id OR g.approved_by = g.granted_by)
ORDER BY k, d
