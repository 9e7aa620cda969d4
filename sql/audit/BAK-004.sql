-- id: BAK-004
-- name: no-restore-drill
-- severity: high
-- title.zh: 半年内无成功恢复演练，或最近一次演练失败
-- title.en: No restore rehearsed with success within the term, or the latest rehearsal failed
-- clause: GB/T 28448 L3-CES1-29 (recent restore test record)
-- parameters: restore_before
-- remedy.zh: swj backup drill；若刚刚失败，先 swj backup run 再演练
-- remedy.en: swj backup drill; after a failure, swj backup run first
-- why.zh: 没有演练过的备份只是希望，不是备份；更早的成功证明不了今天的备份。
-- why.en: A backup nobody has restored is a hope, not a backup; an earlier success says nothing of today's.
-- waivable: true
SELECT 'restore_test' AS t, 'latest' AS k,
       COALESCE((SELECT 'failed ' || substr(CAST(f.tested_at AS TEXT), 1, 19) FROM restore_test f
                 WHERE f.status = 'failed' AND f.id = (SELECT MAX(x.id) FROM restore_test x)),
                'last ' || substr(CAST(MAX(tested_at) AS TEXT), 1, 19), 'never') AS d
FROM restore_test
WHERE status = 'ok'
HAVING MAX(tested_at) IS NULL OR substr(CAST(MAX(tested_at) AS TEXT), 1, 10) < CAST(:restore_before AS TEXT)
    OR EXISTS (SELECT 1 FROM restore_test f WHERE f.status = 'failed' AND f.id = (SELECT MAX(x.id) FROM restore_test x))
