-- id: INF-002
-- name: information-unreviewed
-- severity: high
-- title.zh: 未审先发
-- title.en: Information published without review or reviewed by its author
-- clause: 信息发布制度; 保守国家秘密法 2024 Art 35
-- parameters:
-- remedy.zh: 补审；必要时撤下
-- remedy.en: review it; withdraw it if need be
-- why.zh: 信息发布前应当审查，作者不得自审。
-- why.en: Information is reviewed before it is published, and not by its author.
-- waivable: true
SELECT 'info_item' AS t, i.title || ' #' || CAST(i.id AS TEXT) AS k,
  CASE WHEN i.reviewed_at IS NULL OR i.reviewed_by IS NULL THEN 'no review on record' WHEN i.reviewed_by = i.author_id THEN 'reviewed by its author'
    ELSE 'reviewed after it was published' END AS d
FROM info_item i
WHERE i.status = 'published'
  AND (i.reviewed_at IS NULL OR i.reviewed_by IS NULL OR i.reviewed_by = i.author_id OR i.reviewed_at > i.published_at)
ORDER BY k, d
