-- What the audit measures by: every day with its working-day count, and the schema's steps as they were applied.

-- 结构版本 (每一步的校验值; 两种引擎的文本一并计算)
CREATE TABLE schema_migration (
    version text NOT NULL,
    name text NOT NULL,
    checksum text NOT NULL,
    CONSTRAINT schema_migration_pkey PRIMARY KEY (version)
);

-- 日轴: every day from 2000 to five years after the last notice. `number` counts days, `worked` the working days up to and
-- including this one, so that the working days between two days are a difference.
CREATE VIEW calendar_axis AS
WITH RECURSIVE axis(day, number) AS (
    SELECT '2000-01-01', 0
    UNION ALL
    SELECT date(day, '+1 day'), number + 1 FROM axis
    WHERE day < (SELECT CAST(COALESCE(MAX(substr(day, 1, 4)), '2000') + 5 AS text) || '-12-31' FROM calendar_day)
),
-- Day 0 was a Saturday.
known(day, number, is_workday) AS (
    SELECT a.day, a.number, COALESCE(c.is_workday, (a.number + 5) % 7 < 5) FROM axis a LEFT JOIN calendar_day c ON c.day = a.day
)
SELECT day, CAST(day AS text) AS written, number, is_workday, SUM(is_workday) OVER (ORDER BY day) AS worked FROM known;
