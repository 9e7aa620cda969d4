-- id: BAK-004
-- name: no-restore-drill
-- severity: high
-- title.zh: 半年内无成功恢复演练
-- title.en: No restore rehearsed with success within the term
-- clause: GB/T 28448 L3-CES1-29 (recent restore test record)
-- parameters: restore_before
-- remedy.zh: swj backup drill
-- remedy.en: swj backup drill
-- why.zh: 没有演练过的备份只是希望，不是备份。
-- why.en: A backup nobody has restored is a hope, not a backup.
-- waivable: true
SELECT 'restore_test' AS t, 'latest' AS k, COALESCE('last ' || substr(CAST(MAX(tested_at) AS TEXT), 1, 19), 'never') AS d
FROM restore_test
WHERE status = 'ok'
HAVING MAX(tested_at) IS NULL OR substr(CAST(MAX(tested_at) AS TEXT), 1, 10) < CAST(:restore_before AS TEXT)
