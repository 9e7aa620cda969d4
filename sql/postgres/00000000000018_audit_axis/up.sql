-- What the audit measures by: every day with its working-day count, and the schema's steps as they were applied.

-- 结构版本 (每一步的校验值; 两种引擎的文本一并计算)
CREATE TABLE schema_migration (
    version text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    checksum text COLLATE "C" NOT NULL,
    CONSTRAINT schema_migration_pkey PRIMARY KEY (version)
);

-- 日轴: every day from 2000 to five years after the last notice. `number` counts days, `worked` the working days up to and
-- including this one, so that the working days between two days are a difference.
CREATE VIEW calendar_axis AS
WITH known AS (
    SELECT DATE '2000-01-01' + n AS day, CAST(n AS bigint) AS number,
           COALESCE(c.is_workday, extract(isodow FROM DATE '2000-01-01' + n) < 6) AS is_workday
    FROM generate_series(0, (SELECT make_date(CAST(COALESCE(extract(year FROM MAX(day)), 2000) AS int) + 5, 12, 31) FROM calendar_day)
                            - DATE '2000-01-01') AS n
    LEFT JOIN calendar_day c ON c.day = DATE '2000-01-01' + n
)
SELECT day, CAST(day AS text) COLLATE "C" AS written, number, is_workday,
       CAST(SUM(CASE WHEN is_workday THEN 1 ELSE 0 END) OVER (ORDER BY day) AS bigint) AS worked
FROM known;
