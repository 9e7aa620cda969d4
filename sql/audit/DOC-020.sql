-- id: DOC-020
-- name: left-without-handing-over
-- severity: medium
-- title.zh: 离岗未清退公文或未交接待办
-- title.en: Person left without returning papers or handing over
-- clause: 党政机关公文处理工作条例 (离岗离职: 移交, 清退)
-- parameters: today
-- remedy.zh: swj user handover 账号 --to 接手人，清退后 swj user handover 账号 --papers-returned
-- remedy.en: swj user handover LOGIN --to LOGIN, and once the papers are back swj user handover LOGIN --papers-returned
-- why.zh: 工作人员离岗离职，应移交、清退所借、所存公文，交接待办。
-- why.en: Who leaves a post hands over open work and returns the papers kept or borrowed.
-- waivable: true
SELECT 'user_transfer' AS t, u.login_name || ' ' || x.kind || ' ' || CAST(x.effective_on AS TEXT) AS k,
  CASE WHEN x.handover_done_at IS NULL THEN 'work not handed over' ELSE 'papers not returned' END AS d
FROM user_transfer x JOIN oa_user u ON u.id = x.user_id
WHERE x.kind IN ('leave', 'retire', 'dismiss', 'transfer') AND x.effective_on <= :today AND x.cancelled_at IS NULL
  AND (x.handover_done_at IS NULL OR x.papers_returned_at IS NULL)
ORDER BY k, d
