-- id: LOG-001
-- name: chain-broken
-- severity: critical
-- title.zh: 审计链断裂
-- title.en: Chain broken: a seal does not hold the hash of the one before
-- clause: GB/T 22239 8.1.4.3 c, 8.1.4.7 b; GB/T 39786
-- parameters:
-- remedy.zh: 停止写入；复制数据库文件；与最近一次外部锚定的检查点比对（swj log verify --anchor）
-- remedy.en: stop writing; copy the file; compare with the last anchored checkpoint (swj log verify --anchor)
-- why.zh: 审计记录应受保护，避免未预期的删除、修改或覆盖：后一封条不含前一封条的散列，链已断。每条记录的散列也逐一重算。
-- why.en: The log is kept from deletion, change and overwriting: a seal that does not hold the hash of the one before breaks the chain. The hash of every entry is computed anew as well.
-- waivable: false
SELECT 'audit_seal' AS t, CAST(b.no AS TEXT) AS k, 'link to ' || CAST(a.no AS TEXT) || ' broken' AS d
FROM audit_seal b JOIN audit_seal a ON a.no = b.no - 1
WHERE b.prev_hash <> a.entry_hash
UNION ALL
SELECT 'audit_seal' AS t, '1' AS k, 'the first link holds a hash before it' AS d
FROM audit_seal
WHERE no = 1 AND prev_hash <> '0000000000000000000000000000000000000000000000000000000000000000'
UNION ALL
SELECT 'audit_seal' AS t, CAST(s.no AS TEXT) AS k, 'link to what was purged broken' AS d
FROM audit_seal s JOIN audit_purge p ON p.last_no = s.no - 1
WHERE s.prev_hash <> p.head_hash
ORDER BY k, d
