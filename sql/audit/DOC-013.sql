-- id: DOC-013
-- name: step-with-a-closed-account
-- severity: high
-- title.zh: 待办挂在停用账户
-- title.en: Open step assigned to an account that cannot log in
-- clause: 党政机关公文处理工作条例 Art 24(5); GB/T 22239 8.1.8.2 a
-- parameters:
-- remedy.zh: 把待办移交在岗人员
-- remedy.en: hand the step over to somebody at work
-- why.zh: 公文的去向须随时清楚，停用账户里的待办无人处理。
-- why.en: It must be known where a paper is; nobody looks at the steps of a closed account.
-- waivable: true
SELECT 'document_step' AS t, COALESCE(d.doc_no_text, d.title || ' #' || CAST(d.id AS TEXT)) || ' ' || CAST(s.seq AS TEXT) || ' ' || s.step AS k, u.login_name || ' is ' || u.status AS d
FROM document_step s JOIN oa_user u ON u.id = s.assignee_id JOIN document d ON d.id = s.document_id
WHERE s.done_at IS NULL AND u.status IN ('disabled', 'closed') AND d.status NOT IN ('void', 'returned')
ORDER BY k, d
