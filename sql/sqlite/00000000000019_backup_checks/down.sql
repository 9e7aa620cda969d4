ALTER TABLE backup_run DROP COLUMN damaged_at;
