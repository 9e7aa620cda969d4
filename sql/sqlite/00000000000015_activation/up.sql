-- Accounts an import adds have no password: each may get a code that opens it once.

-- 激活码 (只存摘要；首次登录时由 OA 核对，随即设置口令)
CREATE TABLE user_activation (
    id INTEGER PRIMARY KEY,
    user_id bigint NOT NULL,
    code_sha256 text NOT NULL,
    issued_at timestamptz NOT NULL,
    expires_on date NOT NULL, -- 有效期至
    used_at timestamptz,
    CONSTRAINT user_activation_code_sha256_key UNIQUE (code_sha256),
    CONSTRAINT user_activation_user_id_fkey FOREIGN KEY (user_id) REFERENCES oa_user(id),
    CONSTRAINT user_activation_issued_at_instant CHECK (issued_at IS NULL OR datetime(substr(issued_at, 1, 19)) || '+08:00' IS issued_at),
    CONSTRAINT user_activation_expires_on_date CHECK (expires_on IS NULL OR date(expires_on) IS expires_on),
    CONSTRAINT user_activation_used_at_instant CHECK (used_at IS NULL OR datetime(substr(used_at, 1, 19)) || '+08:00' IS used_at)
);
CREATE INDEX user_activation_user ON user_activation(user_id);
