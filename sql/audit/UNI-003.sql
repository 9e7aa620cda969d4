-- id: UNI-003
-- name: closed-unit-open-document
-- severity: high
-- title.zh: 撤销单位有未办结公文
-- title.en: Closed or merged unit still owns open documents
-- clause: 条例 (机关合并/撤销: papers go with the merger, or to the archive)
-- parameters:
-- remedy.zh: 把公文移交承接单位
-- remedy.en: hand the documents to the successor
-- why.zh: 机关撤销或合并，公文应随之移交。
-- why.en: Papers go with the merger, or to the archive.
-- waivable: true
SELECT 'document' AS t, COALESCE(d.doc_no_text, d.title || ' #' || CAST(d.id AS TEXT)) AS k, n.code || ' closed ' || COALESCE(CAST(n.closed_on AS TEXT), '?') || ', status ' || d.status AS d
FROM document d JOIN unit n ON n.id = d.unit_id
WHERE n.status = 'closed' AND d.status NOT IN ('finished', 'archived', 'void')
ORDER BY k, d
