-- How deep a backup was looked into, and by what its damage was found: no lighter look takes that back.

-- 逐字节读取时间
ALTER TABLE backup_run ADD COLUMN read_at timestamptz CONSTRAINT backup_run_read_at_instant CHECK (read_at IS NULL OR datetime(substr(read_at, 1, 19)) || '+08:00' IS read_at);
-- 恢复核对时间
ALTER TABLE backup_run ADD COLUMN restored_at timestamptz CONSTRAINT backup_run_restored_at_instant CHECK (restored_at IS NULL OR datetime(substr(restored_at, 1, 19)) || '+08:00' IS restored_at);
-- 损坏由何种校验发现
ALTER TABLE backup_run ADD COLUMN damage_depth text CONSTRAINT backup_run_damage_depth_check CHECK (damage_depth IN ('structure','restore','all','lost'));
UPDATE backup_run SET damage_depth = 'all' WHERE damaged_at IS NOT NULL;
