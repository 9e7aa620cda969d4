ALTER TABLE audit_waiver DROP COLUMN subject_key;
ALTER TABLE audit_waiver DROP COLUMN subject_table;
ALTER TABLE audit_finding DROP COLUMN episodes;
ALTER TABLE audit_finding DROP COLUMN fixed_at;
