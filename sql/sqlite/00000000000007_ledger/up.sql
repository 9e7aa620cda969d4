-- The audit log, its seals, findings and waivers (审计).

-- 审计日志 (只增不改)
CREATE TABLE audit_log (
    seq INTEGER PRIMARY KEY,
    op_id text NOT NULL, -- one per command run: answers "did it happen?"
    at timestamptz NOT NULL,
    actor text,
    actor_id bigint,
    os_user text NOT NULL,
    host text NOT NULL,
    source text NOT NULL, -- 操作人, 系统用户, 主机, 程序
    verb text NOT NULL,
    subject_table text,
    subject_key text,
    old_value jsonb,
    new_value jsonb,
    reason text,
    result text NOT NULL,
    CONSTRAINT audit_log_result_check CHECK (result IN ('done','refused')),
    CONSTRAINT audit_log_at_instant CHECK (at IS NULL OR datetime(substr(at, 1, 19)) || '+08:00' IS at),
    CONSTRAINT audit_log_old_value_json CHECK (old_value IS NULL OR json_valid(old_value)),
    CONSTRAINT audit_log_new_value_json CHECK (new_value IS NULL OR json_valid(new_value))
);

-- 日志封条 (散列链)
CREATE TABLE audit_seal (
    no bigint NOT NULL,
    log_seq bigint NOT NULL,
    prev_hash text NOT NULL,
    entry_hash text NOT NULL,
    sealed_at timestamptz NOT NULL,
    CONSTRAINT audit_seal_pkey PRIMARY KEY (no),
    CONSTRAINT audit_seal_log_seq_key UNIQUE (log_seq),
    CONSTRAINT audit_seal_log_seq_fkey FOREIGN KEY (log_seq) REFERENCES audit_log(seq),
    CONSTRAINT audit_seal_entry_hash_key UNIQUE (entry_hash),
    CONSTRAINT audit_seal_sealed_at_instant CHECK (sealed_at IS NULL OR datetime(substr(sealed_at, 1, 19)) || '+08:00' IS sealed_at)
);

-- 检查点
CREATE TABLE audit_checkpoint (
    id INTEGER PRIMARY KEY,
    origin text NOT NULL,
    tree_size bigint NOT NULL,
    head_hash text NOT NULL,
    root_hash text,
    signed_note text,
    created_at timestamptz NOT NULL,
    anchored_to text,
    anchored_at timestamptz,
    CONSTRAINT audit_checkpoint_created_at_instant CHECK (created_at IS NULL OR datetime(substr(created_at, 1, 19)) || '+08:00' IS created_at),
    CONSTRAINT audit_checkpoint_anchored_at_instant CHECK (anchored_at IS NULL OR datetime(substr(anchored_at, 1, 19)) || '+08:00' IS anchored_at)
);

-- 审计发现
CREATE TABLE audit_finding (
    id INTEGER PRIMARY KEY,
    rule_id text NOT NULL,
    fingerprint text NOT NULL,
    severity text NOT NULL,
    subject_table text NOT NULL,
    subject_key text NOT NULL,
    detail text NOT NULL,
    first_seen timestamptz NOT NULL,
    last_seen timestamptz NOT NULL,
    state text NOT NULL,
    CONSTRAINT audit_finding_state_check CHECK (state IN ('new','open','waived','fixed')),
    CONSTRAINT audit_finding_rule_id_fingerprint_key UNIQUE (rule_id, fingerprint),
    CONSTRAINT audit_finding_first_seen_instant CHECK (first_seen IS NULL OR datetime(substr(first_seen, 1, 19)) || '+08:00' IS first_seen),
    CONSTRAINT audit_finding_last_seen_instant CHECK (last_seen IS NULL OR datetime(substr(last_seen, 1, 19)) || '+08:00' IS last_seen)
);

-- 豁免
CREATE TABLE audit_waiver (
    id INTEGER PRIMARY KEY,
    rule_id text NOT NULL,
    fingerprint text,
    reason text NOT NULL,
    requested_by bigint NOT NULL,
    approved_by bigint,
    created_on date NOT NULL,
    expires_on date,
    revoked_on date,
    basis_doc_no text,
    CONSTRAINT audit_waiver_requested_by_fkey FOREIGN KEY (requested_by) REFERENCES oa_user(id),
    CONSTRAINT audit_waiver_approved_by_fkey FOREIGN KEY (approved_by) REFERENCES oa_user(id),
    CONSTRAINT audit_waiver_created_on_date CHECK (created_on IS NULL OR date(created_on) IS created_on),
    CONSTRAINT audit_waiver_expires_on_date CHECK (expires_on IS NULL OR date(expires_on) IS expires_on),
    CONSTRAINT audit_waiver_revoked_on_date CHECK (revoked_on IS NULL OR date(revoked_on) IS revoked_on)
);

CREATE INDEX audit_log_at ON audit_log(at);
CREATE INDEX audit_log_subject ON audit_log(subject_table, subject_key);
CREATE INDEX audit_log_op ON audit_log(op_id);

-- These tables only grow.
CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON audit_log BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END;
CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END;
CREATE TRIGGER audit_seal_no_update BEFORE UPDATE ON audit_seal BEGIN SELECT RAISE(ABORT, 'audit_seal is append-only'); END;
CREATE TRIGGER audit_seal_no_delete BEFORE DELETE ON audit_seal BEGIN SELECT RAISE(ABORT, 'audit_seal is append-only'); END;
