-- The three administrators (三员, GB/T 22239 8.1.7.1) as roles of the database, with least rights: what the program
-- refuses, the server refuses too, whatever program is used.
--
--   psql -v ON_ERROR_STOP=1 -d oa -f postgres.sql
--   swj db roles --prefix swj | psql -v ON_ERROR_STOP=1 -d oa
--
-- Run it as the owner of the tables, who must be allowed to create roles; run it again after each `swj db migrate`,
-- which stays the owner's work. It changes nothing the second time. Nobody works as the owner from day to day.
--
-- The roles have no password: give each person a login of his own that is a member of one of them,
--   CREATE ROLE zhangwei LOGIN PASSWORD '…' IN ROLE swj_system;
-- or set one with \password. Nobody is a member of two.
--
--   swj_system    系统管理员: units, users, all business tables, backups; asks for roles. No grants, no findings.
--   swj_security  安全管理员: roles and grants, locks accounts. Nothing else.
--   swj_audit     审计管理员: reads everything; findings, waivers, checkpoints. Nothing else.
--
-- Into the audit log and its seals all three insert, and nobody changes or deletes. All three read it, because every
-- writer seals the chain and a backup holds all of it; who may list it is decided by the program (log:read).

BEGIN;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['swj_system', 'swj_security', 'swj_audit'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS', name);
        END IF;
        EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO %I', current_database(), name);
    END LOOP;
END $$;

-- From nothing up: a right that was once given and is not listed below goes away.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, swj_system, swj_security, swj_audit;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC, swj_system, swj_security, swj_audit;
GRANT USAGE ON SCHEMA public TO swj_system, swj_security, swj_audit;

-- Reading: an audit rule may look at any table.
GRANT SELECT ON ALL TABLES IN SCHEMA public TO swj_system, swj_security, swj_audit;

-- The log: insert only, for all. There is no UPDATE, DELETE or TRUNCATE, and no owner to switch a trigger off.
GRANT INSERT ON audit_log, audit_seal TO swj_system, swj_security, swj_audit;

-- 系统管理员: what is not the security or the audit administrator's.
DO $$
DECLARE
    name text;
    counter text;
BEGIN
    FOR name IN
        SELECT tablename FROM pg_tables
        WHERE schemaname = 'public' AND tablename NOT IN (
            '__diesel_schema_migrations', 'schema_migration', 'audit_log', 'audit_purge', 'audit_seal', 'audit_checkpoint', 'audit_finding', 'audit_waiver',
            'login_log', 'role', 'role_permission', 'role_exclusion', 'role_request', 'user_role')
    LOOP
        EXECUTE format('GRANT INSERT, UPDATE, DELETE ON %I TO swj_system', name);
        -- A large import numbers its rows itself, and brings the counter past them.
        counter := (
            SELECT pg_get_serial_sequence(quote_ident(name), attname) FROM pg_attribute
            WHERE attrelid = quote_ident(name)::regclass AND attidentity <> '' AND NOT attisdropped);
        IF counter IS NOT NULL THEN
            EXECUTE format('GRANT UPDATE ON SEQUENCE %s TO swj_system', counter);
        END IF;
    END LOOP;
END $$;
-- A backup reads where the counters stand.
GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO swj_system;
GRANT INSERT ON login_log TO swj_system;
-- He asks for roles, and may take back what he asked for.
GRANT INSERT ON role_request TO swj_system;
GRANT UPDATE (status, decided_by, decided_at, decision_reason) ON role_request TO swj_system;

-- Whoever leaves or is disabled takes his roles with him: a grant may be ended, and nothing else. The trigger also stands
-- in a copy on a server that has none of these roles, and lets everybody pass there.
CREATE OR REPLACE FUNCTION swj_system_ends_grants() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_has_role(current_user, to_regrole('swj_system')::oid, 'MEMBER')
        AND NOT pg_has_role(current_user, to_regrole('swj_security')::oid, 'MEMBER')
        AND (OLD.revoked_at IS NOT NULL OR NEW.revoked_at IS NULL) THEN
        RAISE EXCEPTION 'permission denied for table user_role' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER IF EXISTS user_role_system_ends ON user_role;
CREATE TRIGGER user_role_system_ends BEFORE UPDATE ON user_role FOR EACH ROW EXECUTE FUNCTION swj_system_ends_grants();
GRANT UPDATE (revoked_at, revoked_by, revoked_reason) ON user_role TO swj_system;

-- 安全管理员: grants and takes rights, and locks accounts; a grant is ended, never deleted.
GRANT INSERT, UPDATE ON role, user_role, role_request TO swj_security;
GRANT INSERT, DELETE ON role_permission, role_exclusion TO swj_security;
GRANT UPDATE (status, disabled_at, disabled_reason, failed_logins, locked_until, mfa_enabled, must_change_pwd) ON oa_user TO swj_security;
-- An account that is disabled loses its delegations and sessions.
GRANT UPDATE (cancelled_at) ON delegation TO swj_security;
GRANT UPDATE (ended_at, ended_reason) ON user_session TO swj_security;

-- 审计管理员: watches the other two.
GRANT INSERT, UPDATE ON audit_finding, audit_waiver, audit_checkpoint TO swj_audit;
-- A purge (log purge) takes entries away, which nobody but the owner of the tables can.

COMMIT;
