-- id: DIS-006
-- name: withheld-not-reassessed
-- severity: low
-- title.zh: 不予公开信息未定期评估
-- title.en: Withheld item not re-assessed for a year
-- clause: 信息公开条例 Art 18 (interval local)
-- parameters: eval_before
-- remedy.zh: 重新评估（swj disclosure assess）
-- remedy.en: assess it again (swj disclosure assess)
-- why.zh: 不予公开的政府信息应当定期评估审查，情势变化可以公开的予以公开。
-- why.en: What is withheld is assessed again from time to time, and disclosed when it may be.
-- waivable: true
SELECT 'disclosure_item' AS t, i.index_no AS k,
  COALESCE('assessed ' || CAST(i.last_evaluated_on AS TEXT), 'never assessed since ' || CAST(COALESCE(i.attribute_set_on, i.formed_on) AS TEXT)) AS d
FROM disclosure_item i
WHERE i.attribute = 'none' AND i.status <> 'withdrawn' AND COALESCE(i.last_evaluated_on, i.attribute_set_on, i.formed_on) < :eval_before
ORDER BY k, d
