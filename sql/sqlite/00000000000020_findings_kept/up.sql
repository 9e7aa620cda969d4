-- A finding is kept through its episodes: found, mended, found again. A waiver names its subject in words.
ALTER TABLE audit_finding ADD COLUMN fixed_at timestamptz CONSTRAINT audit_finding_fixed_at_instant CHECK (fixed_at IS NULL OR datetime(substr(fixed_at, 1, 19)) || '+08:00' IS fixed_at); -- 整改时间
ALTER TABLE audit_finding ADD COLUMN episodes bigint NOT NULL DEFAULT 1; -- 第几次出现
ALTER TABLE audit_waiver ADD COLUMN subject_table text;
ALTER TABLE audit_waiver ADD COLUMN subject_key text; -- 豁免对象
