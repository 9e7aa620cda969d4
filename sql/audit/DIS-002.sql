-- id: DIS-002
-- name: published-unreviewed
-- severity: high
-- title.zh: 未经审查即公开或自审
-- title.en: Published without review, before review, or reviewed by its author
-- clause: 信息公开条例 Art 17; 保守国家秘密法 Art 35
-- parameters:
-- remedy.zh: 补作审查；不合格的撤回（swj disclosure review、withdraw）
-- remedy.en: review it now, withdraw it if it fails (swj disclosure review, withdraw)
-- why.zh: 公开前应当审查；谁公开、谁审查，作者不得自审。
-- why.en: Review comes before publication, and not by the author.
-- waivable: true
SELECT 'disclosure_item' AS t, i.index_no AS k,
  CASE WHEN i.reviewed_at IS NULL THEN 'no review on record' WHEN i.review_result <> 'pass' THEN 'review: ' || i.review_result
    WHEN i.reviewed_by = i.author_id OR i.reviewer = i.author THEN 'reviewed by its author'
    WHEN i.reviewed_by IS NULL AND i.reviewer IS NULL THEN 'no reviewer named'
    ELSE 'reviewed ' || substr(CAST(i.reviewed_at AS TEXT), 1, 10) || ', published ' || substr(CAST(i.published_at AS TEXT), 1, 10) END AS d
FROM disclosure_item i
WHERE i.status = 'published'
  AND (i.reviewed_at IS NULL OR i.review_result <> 'pass' OR i.reviewed_by = i.author_id OR i.reviewer = i.author
    OR (i.reviewed_by IS NULL AND i.reviewer IS NULL)
    OR substr(CAST(i.reviewed_at AS TEXT), 1, 10) > substr(CAST(i.published_at AS TEXT), 1, 10))
ORDER BY k, d
