-- Units, people and their rights (单位、人员、权限).

-- 单位
CREATE TABLE unit (
    id INTEGER PRIMARY KEY,
    code text NOT NULL, -- 单位编码
    name text NOT NULL,
    short_name text NOT NULL, -- 全称, 规范化简称
    kind text NOT NULL, -- 局, 机关处室, 局属单位, 区水务局, 外部机关
    parent_id bigint,
    level bigint NOT NULL,
    uscc text, -- 统一社会信用代码
    division_code text, -- 行政区划代码
    oa_mode text NOT NULL DEFAULT 'full', -- 全员网上运转, 仅公文传递, 未接入
    status text NOT NULL DEFAULT 'active',
    opened_on date NOT NULL,
    closed_on date,
    successor_id bigint, -- 承接单位
    sort_no bigint NOT NULL DEFAULT 0,
    CONSTRAINT unit_code_key UNIQUE (code),
    CONSTRAINT unit_kind_check CHECK (kind IN ('bureau','office','subordinate','district','external')),
    CONSTRAINT unit_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES unit(id),
    CONSTRAINT unit_level_check CHECK (level BETWEEN 0 AND 6),
    CONSTRAINT unit_oa_mode_check CHECK (oa_mode IN ('full','exchange','none')),
    CONSTRAINT unit_status_check CHECK (status IN ('active','closed')),
    CONSTRAINT unit_successor_id_fkey FOREIGN KEY (successor_id) REFERENCES unit(id),
    CONSTRAINT unit_opened_on_date CHECK (opened_on IS NULL OR date(opened_on) IS opened_on),
    CONSTRAINT unit_closed_on_date CHECK (closed_on IS NULL OR date(closed_on) IS closed_on)
);

-- 用户 (user is a reserved word in PostgreSQL)
CREATE TABLE oa_user (
    id INTEGER PRIMARY KEY,
    login_name text NOT NULL,
    real_name text NOT NULL,
    staff_no text, -- 账号, 姓名, 工号
    unit_id bigint,
    account_type text NOT NULL DEFAULT 'person',
    status text NOT NULL DEFAULT 'active', -- 启用, 停用, 锁定, 注销
    is_builtin boolean NOT NULL DEFAULT FALSE, -- 系统默认账户
    is_info_officer boolean NOT NULL DEFAULT FALSE, -- 信息员
    joined_on date,
    left_on date, -- 到岗, 离岗
    left_reason text, -- 离岗原因
    valid_until date, -- 临时/外部账户有效期
    last_login_at timestamptz,
    pwd_hash text,
    pwd_algo text,
    pwd_changed_at timestamptz,
    must_change_pwd boolean NOT NULL DEFAULT FALSE,
    failed_logins bigint NOT NULL DEFAULT 0,
    locked_until timestamptz,
    mfa_enabled boolean NOT NULL DEFAULT FALSE,
    phone text, -- 电话
    email text, -- 邮箱
    disabled_at timestamptz, -- 停用时间
    disabled_reason text, -- 停用原因
    created_at timestamptz NOT NULL,
    created_by bigint,
    CONSTRAINT oa_user_login_name_key UNIQUE (login_name),
    CONSTRAINT oa_user_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id),
    CONSTRAINT oa_user_account_type_check CHECK (account_type IN ('person','external','service','shared')),
    CONSTRAINT oa_user_status_check CHECK (status IN ('active','disabled','locked','closed')),
    CONSTRAINT oa_user_created_by_fkey FOREIGN KEY (created_by) REFERENCES oa_user(id),
    CONSTRAINT oa_user_is_builtin_bool CHECK (is_builtin IN (0, 1)),
    CONSTRAINT oa_user_is_info_officer_bool CHECK (is_info_officer IN (0, 1)),
    CONSTRAINT oa_user_joined_on_date CHECK (joined_on IS NULL OR date(joined_on) IS joined_on),
    CONSTRAINT oa_user_left_on_date CHECK (left_on IS NULL OR date(left_on) IS left_on),
    CONSTRAINT oa_user_valid_until_date CHECK (valid_until IS NULL OR date(valid_until) IS valid_until),
    CONSTRAINT oa_user_last_login_at_instant CHECK (last_login_at IS NULL OR datetime(substr(last_login_at, 1, 19)) || '+08:00' IS last_login_at),
    CONSTRAINT oa_user_pwd_changed_at_instant CHECK (pwd_changed_at IS NULL OR datetime(substr(pwd_changed_at, 1, 19)) || '+08:00' IS pwd_changed_at),
    CONSTRAINT oa_user_must_change_pwd_bool CHECK (must_change_pwd IN (0, 1)),
    CONSTRAINT oa_user_locked_until_instant CHECK (locked_until IS NULL OR datetime(substr(locked_until, 1, 19)) || '+08:00' IS locked_until),
    CONSTRAINT oa_user_mfa_enabled_bool CHECK (mfa_enabled IN (0, 1)),
    CONSTRAINT oa_user_disabled_at_instant CHECK (disabled_at IS NULL OR datetime(substr(disabled_at, 1, 19)) || '+08:00' IS disabled_at),
    CONSTRAINT oa_user_created_at_instant CHECK (created_at IS NULL OR datetime(substr(created_at, 1, 19)) || '+08:00' IS created_at)
);

-- 机构变更
CREATE TABLE unit_change (
    id INTEGER PRIMARY KEY,
    unit_id bigint NOT NULL,
    kind text NOT NULL,
    effective_on date NOT NULL,
    old_value text,
    new_value text,
    basis_doc_no text,
    done_by bigint,
    done_at timestamptz,
    CONSTRAINT unit_change_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id),
    CONSTRAINT unit_change_kind_check CHECK (kind IN ('open','rename','move','merge','split','close')),
    CONSTRAINT unit_change_done_by_fkey FOREIGN KEY (done_by) REFERENCES oa_user(id),
    CONSTRAINT unit_change_effective_on_date CHECK (effective_on IS NULL OR date(effective_on) IS effective_on),
    CONSTRAINT unit_change_done_at_instant CHECK (done_at IS NULL OR datetime(substr(done_at, 1, 19)) || '+08:00' IS done_at)
);

-- 任职
CREATE TABLE user_post (
    id INTEGER PRIMARY KEY,
    user_id bigint NOT NULL,
    unit_id bigint NOT NULL,
    post_name text NOT NULL,
    is_main boolean NOT NULL,
    from_on date NOT NULL,
    to_on date,
    CONSTRAINT user_post_user_id_fkey FOREIGN KEY (user_id) REFERENCES oa_user(id),
    CONSTRAINT user_post_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id),
    CONSTRAINT user_post_is_main_bool CHECK (is_main IN (0, 1)),
    CONSTRAINT user_post_from_on_date CHECK (from_on IS NULL OR date(from_on) IS from_on),
    CONSTRAINT user_post_to_on_date CHECK (to_on IS NULL OR date(to_on) IS to_on)
);

-- 角色
CREATE TABLE role (
    id INTEGER PRIMARY KEY,
    code text NOT NULL,
    name text NOT NULL,
    admin_kind text NOT NULL DEFAULT 'none', -- 三员: 系统/安全/审计管理员
    privileged boolean NOT NULL DEFAULT FALSE,
    CONSTRAINT role_code_key UNIQUE (code),
    CONSTRAINT role_admin_kind_check CHECK (admin_kind IN ('none','system','security','audit')),
    CONSTRAINT role_privileged_bool CHECK (privileged IN (0, 1))
);

-- 角色权限
CREATE TABLE role_permission (
    role_id bigint NOT NULL,
    perm text NOT NULL,
    CONSTRAINT role_permission_role_id_fkey FOREIGN KEY (role_id) REFERENCES role(id),
    CONSTRAINT role_permission_pkey PRIMARY KEY (role_id, perm)
);

-- 互斥角色
CREATE TABLE role_exclusion (
    role_a bigint NOT NULL,
    role_b bigint NOT NULL,
    reason text,
    CONSTRAINT role_exclusion_role_a_fkey FOREIGN KEY (role_a) REFERENCES role(id),
    CONSTRAINT role_exclusion_role_b_fkey FOREIGN KEY (role_b) REFERENCES role(id),
    CONSTRAINT role_exclusion_pkey PRIMARY KEY (role_a, role_b),
    CONSTRAINT role_exclusion_rule_check CHECK (role_a < role_b)
);

-- 授权
CREATE TABLE user_role (
    id INTEGER PRIMARY KEY,
    user_id bigint NOT NULL,
    role_id bigint NOT NULL,
    granted_by bigint NOT NULL,
    granted_at timestamptz NOT NULL,
    approved_by bigint,
    approved_at timestamptz,
    expires_on date,
    revoked_at timestamptz,
    revoked_by bigint,
    CONSTRAINT user_role_user_id_fkey FOREIGN KEY (user_id) REFERENCES oa_user(id),
    CONSTRAINT user_role_role_id_fkey FOREIGN KEY (role_id) REFERENCES role(id),
    CONSTRAINT user_role_granted_by_fkey FOREIGN KEY (granted_by) REFERENCES oa_user(id),
    CONSTRAINT user_role_approved_by_fkey FOREIGN KEY (approved_by) REFERENCES oa_user(id),
    CONSTRAINT user_role_revoked_by_fkey FOREIGN KEY (revoked_by) REFERENCES oa_user(id),
    CONSTRAINT user_role_granted_at_instant CHECK (granted_at IS NULL OR datetime(substr(granted_at, 1, 19)) || '+08:00' IS granted_at),
    CONSTRAINT user_role_approved_at_instant CHECK (approved_at IS NULL OR datetime(substr(approved_at, 1, 19)) || '+08:00' IS approved_at),
    CONSTRAINT user_role_expires_on_date CHECK (expires_on IS NULL OR date(expires_on) IS expires_on),
    CONSTRAINT user_role_revoked_at_instant CHECK (revoked_at IS NULL OR datetime(substr(revoked_at, 1, 19)) || '+08:00' IS revoked_at)
);

-- 人员变动与交接
CREATE TABLE user_transfer (
    id INTEGER PRIMARY KEY,
    user_id bigint NOT NULL,
    kind text NOT NULL, -- 调动 借调 返回 离职 退休 辞退
    from_unit_id bigint,
    to_unit_id bigint,
    effective_on date NOT NULL,
    basis_doc_no text,
    handover_to_id bigint,
    handover_done_at timestamptz, -- 待办交接
    papers_returned_at timestamptz, -- 公文清退
    processed_at timestamptz,
    processed_by bigint,
    CONSTRAINT user_transfer_user_id_fkey FOREIGN KEY (user_id) REFERENCES oa_user(id),
    CONSTRAINT user_transfer_kind_check CHECK (kind IN ('transfer','second','return','leave','retire','dismiss')),
    CONSTRAINT user_transfer_from_unit_id_fkey FOREIGN KEY (from_unit_id) REFERENCES unit(id),
    CONSTRAINT user_transfer_to_unit_id_fkey FOREIGN KEY (to_unit_id) REFERENCES unit(id),
    CONSTRAINT user_transfer_handover_to_id_fkey FOREIGN KEY (handover_to_id) REFERENCES oa_user(id),
    CONSTRAINT user_transfer_processed_by_fkey FOREIGN KEY (processed_by) REFERENCES oa_user(id),
    CONSTRAINT user_transfer_effective_on_date CHECK (effective_on IS NULL OR date(effective_on) IS effective_on),
    CONSTRAINT user_transfer_handover_done_at_instant CHECK (handover_done_at IS NULL OR datetime(substr(handover_done_at, 1, 19)) || '+08:00' IS handover_done_at),
    CONSTRAINT user_transfer_papers_returned_at_instant CHECK (papers_returned_at IS NULL OR datetime(substr(papers_returned_at, 1, 19)) || '+08:00' IS papers_returned_at),
    CONSTRAINT user_transfer_processed_at_instant CHECK (processed_at IS NULL OR datetime(substr(processed_at, 1, 19)) || '+08:00' IS processed_at)
);

-- 委托代办
CREATE TABLE delegation (
    id INTEGER PRIMARY KEY,
    from_user_id bigint NOT NULL,
    to_user_id bigint NOT NULL,
    scope text NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz,
    cancelled_at timestamptz,
    reason text,
    CONSTRAINT delegation_from_user_id_fkey FOREIGN KEY (from_user_id) REFERENCES oa_user(id),
    CONSTRAINT delegation_to_user_id_fkey FOREIGN KEY (to_user_id) REFERENCES oa_user(id),
    CONSTRAINT delegation_starts_at_instant CHECK (starts_at IS NULL OR datetime(substr(starts_at, 1, 19)) || '+08:00' IS starts_at),
    CONSTRAINT delegation_ends_at_instant CHECK (ends_at IS NULL OR datetime(substr(ends_at, 1, 19)) || '+08:00' IS ends_at),
    CONSTRAINT delegation_cancelled_at_instant CHECK (cancelled_at IS NULL OR datetime(substr(cancelled_at, 1, 19)) || '+08:00' IS cancelled_at)
);

-- 登录日志
CREATE TABLE login_log (
    id INTEGER PRIMARY KEY,
    user_id bigint,
    login_name text NOT NULL,
    at timestamptz NOT NULL,
    ip text,
    client text,
    ok boolean NOT NULL,
    reason text,
    CONSTRAINT login_log_user_id_fkey FOREIGN KEY (user_id) REFERENCES oa_user(id),
    CONSTRAINT login_log_at_instant CHECK (at IS NULL OR datetime(substr(at, 1, 19)) || '+08:00' IS at),
    CONSTRAINT login_log_ok_bool CHECK (ok IN (0, 1))
);

CREATE UNIQUE INDEX user_post_main ON user_post(user_id) WHERE is_main = TRUE AND to_on IS NULL;
CREATE UNIQUE INDEX user_role_live ON user_role(user_id, role_id) WHERE revoked_at IS NULL;
CREATE INDEX login_log_user_at ON login_log(user_id, at);
CREATE INDEX oa_user_unit ON oa_user(unit_id);
CREATE INDEX oa_user_staff ON oa_user(staff_no);
CREATE INDEX user_role_role ON user_role(role_id);
