ALTER TABLE backup_run DROP COLUMN damage_depth;
ALTER TABLE backup_run DROP COLUMN restored_at;
ALTER TABLE backup_run DROP COLUMN read_at;
