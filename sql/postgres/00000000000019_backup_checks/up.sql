-- When a backup was last found damaged.

-- 校验失败时间
ALTER TABLE backup_run ADD COLUMN damaged_at timestamptz;
