-- Grants of privileges wait until a second person has approved them (GB/T 22239 8.1.7.3); a grant says why it was
-- given, and why it was taken back.

-- 授权申请
CREATE TABLE role_request (
    id INTEGER PRIMARY KEY,
    user_id bigint NOT NULL,
    role_id bigint NOT NULL,
    requested_by bigint NOT NULL, -- 申请人
    requested_at timestamptz NOT NULL,
    expires_on date, -- 授权期限
    reason text,
    status text NOT NULL DEFAULT 'waiting', -- 待批, 已批准, 未批准, 已撤回
    decided_by bigint, -- 审批人
    decided_at timestamptz,
    decision_reason text,
    CONSTRAINT role_request_user_id_fkey FOREIGN KEY (user_id) REFERENCES oa_user(id),
    CONSTRAINT role_request_role_id_fkey FOREIGN KEY (role_id) REFERENCES role(id),
    CONSTRAINT role_request_requested_by_fkey FOREIGN KEY (requested_by) REFERENCES oa_user(id),
    CONSTRAINT role_request_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES oa_user(id),
    CONSTRAINT role_request_status_check CHECK (status IN ('waiting','approved','refused','withdrawn')),
    CONSTRAINT role_request_requested_at_instant CHECK (requested_at IS NULL OR datetime(substr(requested_at, 1, 19)) || '+08:00' IS requested_at),
    CONSTRAINT role_request_expires_on_date CHECK (expires_on IS NULL OR date(expires_on) IS expires_on),
    CONSTRAINT role_request_decided_at_instant CHECK (decided_at IS NULL OR datetime(substr(decided_at, 1, 19)) || '+08:00' IS decided_at)
);
CREATE UNIQUE INDEX role_request_waiting ON role_request(user_id, role_id) WHERE status = 'waiting';

ALTER TABLE user_role ADD COLUMN reason text;
ALTER TABLE user_role ADD COLUMN revoked_reason text;
