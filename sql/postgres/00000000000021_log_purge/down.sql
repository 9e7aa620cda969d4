DROP TRIGGER audit_log_append_only ON audit_log;
DROP TRIGGER audit_seal_append_only ON audit_seal;
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_seal_append_only BEFORE UPDATE OR DELETE ON audit_seal FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP FUNCTION refuse_unless_purged();
DROP TABLE audit_purge;
