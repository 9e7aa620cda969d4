-- When a backup was last found damaged.

-- 校验失败时间
ALTER TABLE backup_run ADD COLUMN damaged_at timestamptz CONSTRAINT backup_run_damaged_at_instant CHECK (damaged_at IS NULL OR datetime(substr(damaged_at, 1, 19)) || '+08:00' IS damaged_at);
