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
--   swj_security  安全管理员: roles, grants and their approval, locks accounts. Asks for no role. Nothing else.
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
-- Whoever leaves or is disabled takes his roles with him: a grant may be ended, and nothing else.
GRANT UPDATE (revoked_at, revoked_by, revoked_reason) ON user_role TO swj_system;

-- 安全管理员: grants and takes rights, and locks accounts; a grant is ended, never deleted. He approves what swj_system asks
-- for and asks for nothing: two hands on two logins.
GRANT INSERT ON role, user_role TO swj_security;
GRANT UPDATE (name, privileged) ON role TO swj_security;
GRANT UPDATE (revoked_at, revoked_by, revoked_reason) ON user_role TO swj_security;
GRANT UPDATE (status, decided_by, decided_at, decision_reason) ON role_request TO swj_security;
GRANT INSERT, DELETE ON role_permission, role_exclusion TO swj_security;
GRANT UPDATE (status, enabled_at, disabled_at, disabled_reason, failed_logins, locked_until, mfa_enabled, must_change_pwd)
    ON oa_user TO swj_security;
-- Who holds a privilege gets another login from him.
GRANT UPDATE (login_name) ON oa_user TO swj_security;
-- A password that is overdue is taken away when the account is opened; he sets none.
GRANT UPDATE (pwd_hash, pwd_algo) ON oa_user TO swj_security;
GRANT INSERT ON password_history TO swj_security;
-- An account that is disabled loses its delegations, its sessions and the codes that would open it.
GRANT UPDATE (cancelled_at) ON delegation TO swj_security;
GRANT UPDATE (ended_at, ended_reason) ON user_session TO swj_security;
GRANT UPDATE (used_at) ON user_activation TO swj_security;

-- 审计管理员: watches the other two.
GRANT INSERT, UPDATE ON audit_finding, audit_waiver, audit_checkpoint TO swj_audit;
-- A purge (log purge) takes entries away, which nobody but the owner of the tables can.

-- What depends on the row is looked at by triggers. They also stand in a copy on a server that has none of these roles, and
-- let everybody pass there, as they do the owner of the tables.

CREATE OR REPLACE FUNCTION swj_works_as(post text, on_table oid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT COALESCE(pg_has_role(current_user, to_regrole(post)::oid, 'MEMBER'), FALSE)
        AND NOT pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = on_table), 'MEMBER')
$$;

-- Refuses what does not fit, as the server refuses what was not granted.
CREATE OR REPLACE FUNCTION swj_insist(fits boolean, on_table name) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF fits IS NOT TRUE THEN
        RAISE EXCEPTION 'permission denied for table %', on_table USING ERRCODE = 'insufficient_privilege';
    END IF;
END $$;

-- To which administrator alone a permission belongs; the program has the same list.
CREATE OR REPLACE FUNCTION swj_owner_of(perm text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
        WHEN perm IN ('role:grant', 'role:approve', 'role:define') THEN 'security'
        WHEN perm IN ('log:read', 'log:checkpoint', 'audit:waive') THEN 'audit'
        WHEN perm IN ('unit:write', 'user:write', 'db:migrate', 'db:copy', 'backup:restore') THEN 'system'
    END
$$;

CREATE OR REPLACE FUNCTION swj_needs_approval(role_id bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT r.privileged OR r.admin_kind <> 'none'
        OR EXISTS (SELECT FROM role_permission p WHERE p.role_id = r.id AND swj_owner_of(p.perm) IS NOT NULL)
    FROM role r WHERE r.id = swj_needs_approval.role_id
$$;

-- A grant of weight stands on a request that another asked for and a third approved, one grant on one request; what was
-- ended stays ended, and no grant goes.
CREATE OR REPLACE FUNCTION swj_guard_user_role() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    fits boolean;
BEGIN
    IF swj_works_as('swj_system', TG_RELID) OR swj_works_as('swj_security', TG_RELID) THEN
        IF TG_OP = 'INSERT' THEN
            fits := NEW.revoked_at IS NULL AND NEW.granted_by <> NEW.user_id AND (
                NOT swj_needs_approval(NEW.role_id)
                OR EXISTS (
                    SELECT FROM role_request q
                    WHERE q.user_id = NEW.user_id AND q.role_id = NEW.role_id AND q.status = 'approved'
                        AND q.requested_by = NEW.granted_by AND q.decided_by = NEW.approved_by
                        AND q.decided_at = NEW.approved_at AND q.expires_on IS NOT DISTINCT FROM NEW.expires_on
                        AND (SELECT count(DISTINCT COALESCE(u.staff_no, u.login_name)) FROM oa_user u
                             WHERE u.id IN (q.user_id, q.requested_by, q.decided_by)) = 3
                        AND NOT EXISTS (
                            SELECT FROM user_role g
                            WHERE g.user_id = q.user_id AND g.role_id = q.role_id AND g.approved_at = q.decided_at)));
        ELSIF TG_OP = 'UPDATE' THEN
            fits := OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL;
        ELSE
            fits := FALSE;
        END IF;
        PERFORM swj_insist(fits, TG_TABLE_NAME);
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER IF EXISTS user_role_system_ends ON user_role;
DROP FUNCTION IF EXISTS swj_system_ends_grants();
DROP TRIGGER IF EXISTS user_role_guard ON user_role;
CREATE TRIGGER user_role_guard BEFORE INSERT OR UPDATE OR DELETE ON user_role FOR EACH ROW EXECUTE FUNCTION swj_guard_user_role();

-- Whoever asks only asks, and may withdraw; what was decided stays decided.
CREATE OR REPLACE FUNCTION swj_guard_role_request() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    asks boolean := swj_works_as('swj_system', TG_RELID);
    fits boolean;
BEGIN
    IF asks OR swj_works_as('swj_security', TG_RELID) THEN
        IF TG_OP = 'INSERT' THEN
            fits := NEW.status = 'waiting' AND NEW.decided_by IS NULL AND NEW.decided_at IS NULL;
        ELSE
            fits := OLD.status = 'waiting' AND (NEW.status = 'withdrawn' OR NOT asks);
        END IF;
        PERFORM swj_insist(fits, TG_TABLE_NAME);
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER IF EXISTS role_request_guard ON role_request;
CREATE TRIGGER role_request_guard BEFORE INSERT OR UPDATE ON role_request FOR EACH ROW EXECUTE FUNCTION swj_guard_role_request();

-- Nobody makes a fourth administrator, and a role changes its weight only while nobody holds it.
CREATE OR REPLACE FUNCTION swj_guard_role() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    fits boolean;
BEGIN
    IF swj_works_as('swj_security', TG_RELID) THEN
        IF TG_OP = 'INSERT' THEN
            fits := NEW.admin_kind = 'none';
        ELSE
            fits := NEW.privileged = OLD.privileged OR (
                OLD.admin_kind = 'none' AND NOT EXISTS (SELECT FROM user_role g WHERE g.role_id = OLD.id AND g.revoked_at IS NULL));
        END IF;
        PERFORM swj_insist(fits, TG_TABLE_NAME);
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER IF EXISTS role_guard ON role;
CREATE TRIGGER role_guard BEFORE INSERT OR UPDATE ON role FOR EACH ROW EXECUTE FUNCTION swj_guard_role();

-- An administrator's permissions go to no other, nor into a plain role somebody holds; the auditor keeps his.
CREATE OR REPLACE FUNCTION swj_guard_role_permission() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    kind text;
    owner text;
    fits boolean;
BEGIN
    IF NOT swj_works_as('swj_security', TG_RELID) THEN
        fits := TRUE;
    ELSIF TG_OP = 'INSERT' THEN
        kind := (SELECT admin_kind FROM role WHERE id = NEW.role_id);
        owner := swj_owner_of(NEW.perm);
        fits := NEW.perm NOT LIKE '%*%' AND (NEW.perm <> 'audit:run' OR kind IN ('audit', 'security'))
            AND (owner IS NULL OR owner = kind OR (owner = 'system' AND kind = 'none' AND (
                swj_needs_approval(NEW.role_id)
                OR NOT EXISTS (SELECT FROM user_role g WHERE g.role_id = NEW.role_id AND g.revoked_at IS NULL))));
    ELSE
        kind := (SELECT admin_kind FROM role WHERE id = OLD.role_id);
        fits := kind <> 'audit' OR NOT (swj_owner_of(OLD.perm) IS NOT NULL OR OLD.perm IN ('audit:run', 'log:verify'));
    END IF;
    PERFORM swj_insist(fits, TG_TABLE_NAME);
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER IF EXISTS role_permission_guard ON role_permission;
CREATE TRIGGER role_permission_guard BEFORE INSERT OR DELETE ON role_permission FOR EACH ROW EXECUTE FUNCTION swj_guard_role_permission();

-- The three administrators always exclude one another.
CREATE OR REPLACE FUNCTION swj_guard_role_exclusion() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM swj_insist(
        NOT swj_works_as('swj_security', TG_RELID)
            OR (SELECT count(*) FROM role r WHERE r.id IN (OLD.role_a, OLD.role_b) AND r.admin_kind <> 'none') < 2,
        TG_TABLE_NAME);
    RETURN OLD;
END $$;
DROP TRIGGER IF EXISTS role_exclusion_guard ON role_exclusion;
CREATE TRIGGER role_exclusion_guard BEFORE DELETE ON role_exclusion FOR EACH ROW EXECUTE FUNCTION swj_guard_role_exclusion();

-- He takes a password away, and sets none.
CREATE OR REPLACE FUNCTION swj_guard_password() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM swj_insist(
        NEW.pwd_hash IS NULL OR NEW.pwd_hash IS NOT DISTINCT FROM OLD.pwd_hash OR NOT swj_works_as('swj_security', TG_RELID),
        TG_TABLE_NAME);
    RETURN NEW;
END $$;
DROP TRIGGER IF EXISTS oa_user_guard_password ON oa_user;
CREATE TRIGGER oa_user_guard_password BEFORE UPDATE OF pwd_hash ON oa_user FOR EACH ROW EXECUTE FUNCTION swj_guard_password();

-- An earlier edition let logins of the past be cut from an account that is purged; they keep it now.
DROP TRIGGER IF EXISTS login_log_guard ON login_log;
DROP FUNCTION IF EXISTS swj_guard_login_log();

COMMIT;
