-- How deep a backup was looked into, and by what its damage was found: no lighter look takes that back.

-- 逐字节读取时间
ALTER TABLE backup_run ADD COLUMN read_at timestamptz;
-- 恢复核对时间
ALTER TABLE backup_run ADD COLUMN restored_at timestamptz;
-- 损坏由何种校验发现
ALTER TABLE backup_run ADD COLUMN damage_depth text COLLATE "C" CONSTRAINT backup_run_damage_depth_check CHECK (damage_depth IN ('structure','restore','all','lost'));
UPDATE backup_run SET damage_depth = 'all' WHERE damaged_at IS NOT NULL;
