-- id: DIS-003
-- name: request-unanswered
-- severity: critical
-- title.zh: 依申请公开逾期未答复
-- title.en: Request past its answer date
-- clause: 信息公开条例 Art 33 (20 working days, one extension of at most 20)
-- parameters: today
-- remedy.zh: 立即答复（swj request answer）；报告办公室负责人
-- remedy.en: answer it (swj request answer); tell the head of the office
-- why.zh: 收到申请之日起20个工作日内答复，经批准可以延长一次，最长20个工作日。
-- why.en: A request is answered within 20 working days, extended once at most, by 20 at most.
-- waivable: true
SELECT 'disclosure_request' AS t, q.no AS k, 'due ' || CAST(COALESCE(q.extended_due_on, q.due_on) AS TEXT) || ', ' || q.status AS d
FROM disclosure_request q
WHERE q.status <> 'closed' AND q.replied_on IS NULL AND COALESCE(q.extended_due_on, q.due_on) < :today
ORDER BY k, d
