-- The lives of accounts and units: sessions, old passwords, who handles a case, planned moves (账户与单位的始终).

-- 会话 (written by the OA; ended here when an account is)
CREATE TABLE user_session (
    id INTEGER PRIMARY KEY,
    user_id bigint NOT NULL,
    started_at timestamptz NOT NULL,
    seen_at timestamptz,
    ended_at timestamptz,
    ended_reason text,
    ip text,
    client text,
    CONSTRAINT user_session_user_id_fkey FOREIGN KEY (user_id) REFERENCES oa_user(id),
    CONSTRAINT user_session_started_at_instant CHECK (started_at IS NULL OR datetime(substr(started_at, 1, 19)) || '+08:00' IS started_at),
    CONSTRAINT user_session_seen_at_instant CHECK (seen_at IS NULL OR datetime(substr(seen_at, 1, 19)) || '+08:00' IS seen_at),
    CONSTRAINT user_session_ended_at_instant CHECK (ended_at IS NULL OR datetime(substr(ended_at, 1, 19)) || '+08:00' IS ended_at)
);

-- 历次口令散列 (a password may not come back soon)
CREATE TABLE password_history (
    id INTEGER PRIMARY KEY,
    user_id bigint NOT NULL,
    pwd_hash text NOT NULL,
    pwd_algo text NOT NULL,
    replaced_at timestamptz NOT NULL,
    CONSTRAINT password_history_user_id_fkey FOREIGN KEY (user_id) REFERENCES oa_user(id),
    CONSTRAINT password_history_replaced_at_instant CHECK (replaced_at IS NULL OR datetime(substr(replaced_at, 1, 19)) || '+08:00' IS replaced_at)
);

-- 经办人 (of a case or of a request; history by rows)
CREATE TABLE case_handler (
    id INTEGER PRIMARY KEY,
    case_id bigint,
    request_id bigint,
    user_id bigint NOT NULL,
    since_at timestamptz NOT NULL,
    until_at timestamptz,
    CONSTRAINT case_handler_case_id_fkey FOREIGN KEY (case_id) REFERENCES license_case(id),
    CONSTRAINT case_handler_request_id_fkey FOREIGN KEY (request_id) REFERENCES disclosure_request(id),
    CONSTRAINT case_handler_user_id_fkey FOREIGN KEY (user_id) REFERENCES oa_user(id),
    CONSTRAINT case_handler_rule_check CHECK ((case_id IS NULL) <> (request_id IS NULL)),
    CONSTRAINT case_handler_since_at_instant CHECK (since_at IS NULL OR datetime(substr(since_at, 1, 19)) || '+08:00' IS since_at),
    CONSTRAINT case_handler_until_at_instant CHECK (until_at IS NULL OR datetime(substr(until_at, 1, 19)) || '+08:00' IS until_at)
);

-- 重新启用时间: an account that was shut and is open again counts from here
ALTER TABLE oa_user ADD COLUMN enabled_at timestamptz CONSTRAINT oa_user_enabled_at_instant CHECK (enabled_at IS NULL OR datetime(substr(enabled_at, 1, 19)) || '+08:00' IS enabled_at);

-- 变动的新岗位、借调止期、是否保留授权、取消时间
ALTER TABLE user_transfer ADD COLUMN post_name text;
ALTER TABLE user_transfer ADD COLUMN until_on date CONSTRAINT user_transfer_until_on_date CHECK (until_on IS NULL OR date(until_on) IS until_on);
ALTER TABLE user_transfer ADD COLUMN keep_roles boolean NOT NULL DEFAULT FALSE CONSTRAINT user_transfer_keep_roles_bool CHECK (keep_roles IN (0, 1));
ALTER TABLE user_transfer ADD COLUMN cancelled_at timestamptz CONSTRAINT user_transfer_cancelled_at_instant CHECK (cancelled_at IS NULL OR datetime(substr(cancelled_at, 1, 19)) || '+08:00' IS cancelled_at);

CREATE INDEX user_session_user ON user_session(user_id, ended_at);
CREATE INDEX password_history_user ON password_history(user_id);
CREATE INDEX case_handler_user ON case_handler(user_id, until_at);
CREATE INDEX case_handler_case ON case_handler(case_id);
CREATE INDEX case_handler_request ON case_handler(request_id);
CREATE INDEX unit_change_unit ON unit_change(unit_id, effective_on);
CREATE INDEX user_transfer_user ON user_transfer(user_id);
CREATE INDEX delegation_from ON delegation(from_user_id);
CREATE INDEX delegation_to ON delegation(to_user_id);
CREATE INDEX user_post_unit ON user_post(unit_id);
