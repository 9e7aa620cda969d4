-- Backups, duty, calendar, code lists, settings (运行).

-- 备份
CREATE TABLE backup_run (
    id INTEGER PRIMARY KEY,
    snapshot_id text,
    repository text, -- 备份库
    kind text NOT NULL,
    target text NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    status text NOT NULL,
    bytes bigint,
    added_bytes bigint, -- 新增字节
    manifest_sha256 text,
    path text,
    verified_at timestamptz,
    expires_on date,
    label text, -- 标签
    CONSTRAINT backup_run_kind_check CHECK (kind IN ('full','incr')),
    CONSTRAINT backup_run_target_check CHECK (target IN ('local','offsite')),
    CONSTRAINT backup_run_status_check CHECK (status IN ('running','ok','failed')),
    CONSTRAINT backup_run_started_at_instant CHECK (started_at IS NULL OR datetime(substr(started_at, 1, 19)) || '+08:00' IS started_at),
    CONSTRAINT backup_run_finished_at_instant CHECK (finished_at IS NULL OR datetime(substr(finished_at, 1, 19)) || '+08:00' IS finished_at),
    CONSTRAINT backup_run_verified_at_instant CHECK (verified_at IS NULL OR datetime(substr(verified_at, 1, 19)) || '+08:00' IS verified_at),
    CONSTRAINT backup_run_expires_on_date CHECK (expires_on IS NULL OR date(expires_on) IS expires_on)
);

-- 恢复演练
CREATE TABLE restore_test (
    id INTEGER PRIMARY KEY,
    backup_id bigint NOT NULL,
    tested_at timestamptz NOT NULL,
    environment text NOT NULL,
    status text NOT NULL,
    seconds bigint,
    rows_checked bigint,
    by_user_id bigint,
    note text,
    CONSTRAINT restore_test_backup_id_fkey FOREIGN KEY (backup_id) REFERENCES backup_run(id),
    CONSTRAINT restore_test_status_check CHECK (status IN ('ok','failed')),
    CONSTRAINT restore_test_by_user_id_fkey FOREIGN KEY (by_user_id) REFERENCES oa_user(id),
    CONSTRAINT restore_test_tested_at_instant CHECK (tested_at IS NULL OR datetime(substr(tested_at, 1, 19)) || '+08:00' IS tested_at)
);

-- 双重值班
CREATE TABLE duty_roster (
    id INTEGER PRIMARY KEY,
    on_date date NOT NULL,
    line text NOT NULL,
    user_id bigint NOT NULL,
    phone text,
    CONSTRAINT duty_roster_line_check CHECK (line IN ('infosec','editor')),
    CONSTRAINT duty_roster_user_id_fkey FOREIGN KEY (user_id) REFERENCES oa_user(id),
    CONSTRAINT duty_roster_on_date_line_key UNIQUE (on_date, line),
    CONSTRAINT duty_roster_on_date_date CHECK (on_date IS NULL OR date(on_date) IS on_date)
);

-- 运维记录: 漏洞 病毒库 巡检 演练 培训 事件 年报
CREATE TABLE ops_record (
    id INTEGER PRIMARY KEY,
    kind text NOT NULL,
    title text NOT NULL,
    severity text,
    unit_id bigint,
    opened_at timestamptz NOT NULL,
    due_at timestamptz,
    closed_at timestamptz,
    by_user_id bigint,
    headcount bigint,
    note text,
    CONSTRAINT ops_record_kind_check CHECK (kind IN ('vulnerability','virus_update','patrol','drill','training','incident','annual_report')),
    CONSTRAINT ops_record_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id),
    CONSTRAINT ops_record_by_user_id_fkey FOREIGN KEY (by_user_id) REFERENCES oa_user(id),
    CONSTRAINT ops_record_opened_at_instant CHECK (opened_at IS NULL OR datetime(substr(opened_at, 1, 19)) || '+08:00' IS opened_at),
    CONSTRAINT ops_record_due_at_instant CHECK (due_at IS NULL OR datetime(substr(due_at, 1, 19)) || '+08:00' IS due_at),
    CONSTRAINT ops_record_closed_at_instant CHECK (closed_at IS NULL OR datetime(substr(closed_at, 1, 19)) || '+08:00' IS closed_at)
);

-- 工作日历
CREATE TABLE calendar_day (
    day date NOT NULL,
    is_workday boolean NOT NULL,
    name text,
    source text,
    CONSTRAINT calendar_day_pkey PRIMARY KEY (day),
    CONSTRAINT calendar_day_day_date CHECK (day IS NULL OR date(day) IS day),
    CONSTRAINT calendar_day_is_workday_bool CHECK (is_workday IN (0, 1))
);

-- 代码表
CREATE TABLE code_item (
    list text NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    value_num numeric(8,2),
    valid_from date NOT NULL,
    valid_to date,
    CONSTRAINT code_item_pkey PRIMARY KEY (list, code, valid_from),
    CONSTRAINT code_item_valid_from_date CHECK (valid_from IS NULL OR date(valid_from) IS valid_from),
    CONSTRAINT code_item_valid_to_date CHECK (valid_to IS NULL OR date(valid_to) IS valid_to)
);

-- 放假安排通知
CREATE TABLE calendar_notice (
    id INTEGER PRIMARY KEY,
    year bigint NOT NULL,
    notice_no text,
    issued_on date,
    amends boolean NOT NULL DEFAULT FALSE,
    note text,
    CONSTRAINT calendar_notice_issued_on_date CHECK (issued_on IS NULL OR date(issued_on) IS issued_on),
    CONSTRAINT calendar_notice_amends_bool CHECK (amends IN (0, 1))
);

-- 数据库级设置
CREATE TABLE setting (
    key text NOT NULL,
    value text NOT NULL,
    CONSTRAINT setting_pkey PRIMARY KEY (key)
);
