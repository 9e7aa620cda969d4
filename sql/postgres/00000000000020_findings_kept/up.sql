-- A finding is kept through its episodes: found, mended, found again. A waiver names its subject in words.
ALTER TABLE audit_finding ADD COLUMN fixed_at timestamptz; -- 整改时间
ALTER TABLE audit_finding ADD COLUMN episodes bigint NOT NULL DEFAULT 1; -- 第几次出现
ALTER TABLE audit_waiver ADD COLUMN subject_table text COLLATE "C";
ALTER TABLE audit_waiver ADD COLUMN subject_key text COLLATE "C"; -- 豁免对象
