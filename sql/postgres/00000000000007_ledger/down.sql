DROP TABLE audit_waiver;
DROP TABLE audit_finding;
DROP TABLE audit_checkpoint;
DROP TABLE audit_seal;
DROP TABLE audit_log;
