-- Licence items, their versions, and cases (许可事项、版本、办件).

-- 目录来源
CREATE TABLE license_source (
    id INTEGER PRIMARY KEY,
    title text,
    issuer text,
    doc_no text,
    edition_on date,
    region text,
    file_name text NOT NULL,
    sha256 text NOT NULL,
    bytes bigint,
    encoding text,
    delimiter text,
    sheet text,
    header_line bigint,
    imported_at timestamptz NOT NULL,
    imported_by bigint,
    note text,
    CONSTRAINT license_source_imported_by_fkey FOREIGN KEY (imported_by) REFERENCES oa_user(id),
    CONSTRAINT license_source_edition_on_date CHECK (edition_on IS NULL OR date(edition_on) IS edition_on),
    CONSTRAINT license_source_imported_at_instant CHECK (imported_at IS NULL OR datetime(substr(imported_at, 1, 19)) || '+08:00' IS imported_at)
);

-- 导入批次
CREATE TABLE license_batch (
    id INTEGER PRIMARY KEY,
    source_id bigint,
    kind text NOT NULL,
    mode text NOT NULL,
    scope text,
    effective_on date NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    rows_read bigint NOT NULL DEFAULT 0,
    added bigint NOT NULL DEFAULT 0,
    changed bigint NOT NULL DEFAULT 0,
    unchanged bigint NOT NULL DEFAULT 0,
    withdrawn bigint NOT NULL DEFAULT 0,
    rejected bigint NOT NULL DEFAULT 0,
    skipped bigint NOT NULL DEFAULT 0,
    warned bigint NOT NULL DEFAULT 0,
    status text NOT NULL,
    undone_by_id bigint,
    CONSTRAINT license_batch_source_id_fkey FOREIGN KEY (source_id) REFERENCES license_source(id),
    CONSTRAINT license_batch_kind_check CHECK (kind IN ('import','undo','edit')),
    CONSTRAINT license_batch_mode_check CHECK (mode IN ('merge','full')),
    CONSTRAINT license_batch_status_check CHECK (status IN ('running','done','undone')),
    CONSTRAINT license_batch_undone_by_id_fkey FOREIGN KEY (undone_by_id) REFERENCES license_batch(id),
    CONSTRAINT license_batch_effective_on_date CHECK (effective_on IS NULL OR date(effective_on) IS effective_on),
    CONSTRAINT license_batch_started_at_instant CHECK (started_at IS NULL OR datetime(substr(started_at, 1, 19)) || '+08:00' IS started_at),
    CONSTRAINT license_batch_finished_at_instant CHECK (finished_at IS NULL OR datetime(substr(finished_at, 1, 19)) || '+08:00' IS finished_at)
);

-- 实施机关
CREATE TABLE license_organ (
    id INTEGER PRIMARY KEY,
    name text NOT NULL,
    name_key text NOT NULL,
    uscc text,
    org_code text,
    region text,
    unit_id bigint,
    CONSTRAINT license_organ_name_key_key UNIQUE (name_key),
    CONSTRAINT license_organ_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id)
);

-- 许可事项
CREATE TABLE license_item (
    id INTEGER PRIMARY KEY,
    scheme text NOT NULL DEFAULT 'local', -- 编码体系
    code text,
    name text NOT NULL,
    name_key text NOT NULL,
    level text NOT NULL, -- 主项, 子项, 业务办理项
    parent_id bigint,
    organ_id bigint,
    type_code text NOT NULL DEFAULT '01',
    lead_dept text, -- 事项类型, 主管部门
    status text NOT NULL,
    first_batch_id bigint NOT NULL,
    last_batch_id bigint NOT NULL,
    CONSTRAINT license_item_scheme_check CHECK (scheme IN ('gbt39554','gbt39046','tianjin','hubei16','local')),
    CONSTRAINT license_item_level_check CHECK (level IN ('main','sub','handling')),
    CONSTRAINT license_item_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES license_item(id),
    CONSTRAINT license_item_organ_id_fkey FOREIGN KEY (organ_id) REFERENCES license_organ(id),
    CONSTRAINT license_item_status_check CHECK (status IN ('active','withdrawn','draft')),
    CONSTRAINT license_item_first_batch_id_fkey FOREIGN KEY (first_batch_id) REFERENCES license_batch(id),
    CONSTRAINT license_item_last_batch_id_fkey FOREIGN KEY (last_batch_id) REFERENCES license_batch(id)
);

-- 事项版本
CREATE TABLE license_version (
    item_id bigint NOT NULL,
    no bigint NOT NULL,
    valid_from date NOT NULL,
    valid_to date, -- valid_to: first day it no longer holds
    batch_id bigint NOT NULL,
    name text NOT NULL,
    organs_text text,
    basis text,
    exercise_level text, -- 实施机关原文, 设定和实施依据, 行使层级
    legal_n bigint,
    legal_unit text,
    legal_text text, -- 法定办结时限
    promise_n bigint,
    promise_unit text,
    promise_text text, -- 承诺办结时限
    case_kind text,
    visits text,
    target text,
    fee text, -- 办件类型, 到办事现场次数, 服务对象, 收费
    condition text,
    materials text,
    result text,
    special text,
    remark text, -- 受理条件, 申请材料, 审批结果, 特别程序, 备注
    fingerprint text NOT NULL,
    raw jsonb NOT NULL,
    CONSTRAINT license_version_item_id_fkey FOREIGN KEY (item_id) REFERENCES license_item(id),
    CONSTRAINT license_version_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES license_batch(id),
    CONSTRAINT license_version_legal_unit_check CHECK (legal_unit IN ('working_day','natural_day','hour','immediate','none','unknown')),
    CONSTRAINT license_version_promise_unit_check CHECK (promise_unit IN ('working_day','natural_day','hour','immediate','none','unknown')),
    CONSTRAINT license_version_pkey PRIMARY KEY (item_id, no),
    CONSTRAINT license_version_order_check CHECK (valid_to IS NULL OR valid_to >= valid_from),
    CONSTRAINT license_version_valid_from_date CHECK (valid_from IS NULL OR date(valid_from) IS valid_from),
    CONSTRAINT license_version_valid_to_date CHECK (valid_to IS NULL OR date(valid_to) IS valid_to),
    CONSTRAINT license_version_raw_json CHECK (raw IS NULL OR json_valid(raw))
);

-- 事项实施机关
CREATE TABLE license_item_organ (
    item_id bigint NOT NULL,
    organ_id bigint NOT NULL,
    impl_code text,
    exercise_level text,
    local_code text,
    CONSTRAINT license_item_organ_item_id_fkey FOREIGN KEY (item_id) REFERENCES license_item(id),
    CONSTRAINT license_item_organ_organ_id_fkey FOREIGN KEY (organ_id) REFERENCES license_organ(id),
    CONSTRAINT license_item_organ_pkey PRIMARY KEY (item_id, organ_id)
);

-- 字段变更
CREATE TABLE license_change (
    id INTEGER PRIMARY KEY,
    batch_id bigint NOT NULL,
    item_id bigint NOT NULL,
    field text NOT NULL,
    old_value text,
    new_value text,
    CONSTRAINT license_change_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES license_batch(id),
    CONSTRAINT license_change_item_id_fkey FOREIGN KEY (item_id) REFERENCES license_item(id)
);

-- 事项沿革
CREATE TABLE license_link (
    id INTEGER PRIMARY KEY,
    from_item_id bigint NOT NULL,
    to_item_id bigint NOT NULL,
    kind text NOT NULL,
    doc_no text,
    linked_on date NOT NULL,
    CONSTRAINT license_link_from_item_id_fkey FOREIGN KEY (from_item_id) REFERENCES license_item(id),
    CONSTRAINT license_link_to_item_id_fkey FOREIGN KEY (to_item_id) REFERENCES license_item(id),
    CONSTRAINT license_link_kind_check CHECK (kind IN ('merged_into','split_into','renamed_to','handed_down_to')),
    CONSTRAINT license_link_linked_on_date CHECK (linked_on IS NULL OR date(linked_on) IS linked_on)
);

-- 拒绝的行
CREATE TABLE license_reject (
    id INTEGER PRIMARY KEY,
    batch_id bigint NOT NULL,
    line bigint NOT NULL,
    column_name text,
    rule text NOT NULL,
    value text,
    message text,
    raw jsonb,
    CONSTRAINT license_reject_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES license_batch(id),
    CONSTRAINT license_reject_raw_json CHECK (raw IS NULL OR json_valid(raw))
);

-- 办件
CREATE TABLE license_case (
    id INTEGER PRIMARY KEY,
    no text NOT NULL,
    organ_id bigint NOT NULL,
    item_id bigint NOT NULL,
    item_version_no bigint NOT NULL,
    applicant_kind text,
    applicant_name text NOT NULL,
    applicant_id_no text,
    contact text,
    received_on date NOT NULL,
    accepted_on date,
    legal_due_on date,
    promise_due_on date,
    extended_on date,
    extended_by bigint,
    extended_due_on date,
    decided_on date,
    outcome text,
    delivered_on date,
    status text NOT NULL,
    CONSTRAINT license_case_no_key UNIQUE (no),
    CONSTRAINT license_case_organ_id_fkey FOREIGN KEY (organ_id) REFERENCES license_organ(id),
    CONSTRAINT license_case_extended_by_fkey FOREIGN KEY (extended_by) REFERENCES oa_user(id),
    CONSTRAINT license_case_outcome_check CHECK (outcome IN ('granted','refused','not_accepted','withdrawn','terminated')),
    CONSTRAINT license_case_status_check CHECK (status IN ('received','supplement','accepted','review','special','decided','delivered','archived','refused','withdrawn')),
    CONSTRAINT license_case_version_fkey FOREIGN KEY (item_id, item_version_no) REFERENCES license_version(item_id, no),
    CONSTRAINT license_case_received_on_date CHECK (received_on IS NULL OR date(received_on) IS received_on),
    CONSTRAINT license_case_accepted_on_date CHECK (accepted_on IS NULL OR date(accepted_on) IS accepted_on),
    CONSTRAINT license_case_legal_due_on_date CHECK (legal_due_on IS NULL OR date(legal_due_on) IS legal_due_on),
    CONSTRAINT license_case_promise_due_on_date CHECK (promise_due_on IS NULL OR date(promise_due_on) IS promise_due_on),
    CONSTRAINT license_case_extended_on_date CHECK (extended_on IS NULL OR date(extended_on) IS extended_on),
    CONSTRAINT license_case_extended_due_on_date CHECK (extended_due_on IS NULL OR date(extended_due_on) IS extended_due_on),
    CONSTRAINT license_case_decided_on_date CHECK (decided_on IS NULL OR date(decided_on) IS decided_on),
    CONSTRAINT license_case_delivered_on_date CHECK (delivered_on IS NULL OR date(delivered_on) IS delivered_on)
);

-- 办件环节 (只增不改)
CREATE TABLE license_case_event (
    id INTEGER PRIMARY KEY,
    case_id bigint NOT NULL,
    seq bigint NOT NULL,
    event text NOT NULL,
    at timestamptz NOT NULL,
    by_user_id bigint,
    from_status text,
    to_status text,
    until_on date,
    doc_no text,
    note text,
    CONSTRAINT license_case_event_case_id_fkey FOREIGN KEY (case_id) REFERENCES license_case(id),
    CONSTRAINT license_case_event_by_user_id_fkey FOREIGN KEY (by_user_id) REFERENCES oa_user(id),
    CONSTRAINT license_case_event_case_id_seq_key UNIQUE (case_id, seq),
    CONSTRAINT license_case_event_at_instant CHECK (at IS NULL OR datetime(substr(at, 1, 19)) || '+08:00' IS at),
    CONSTRAINT license_case_event_until_on_date CHECK (until_on IS NULL OR date(until_on) IS until_on)
);

-- 特别程序
CREATE TABLE license_case_special (
    id INTEGER PRIMARY KEY,
    case_id bigint NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    started_on date NOT NULL,
    ended_on date,
    basis text,
    result text,
    opinion text,
    CONSTRAINT license_case_special_case_id_fkey FOREIGN KEY (case_id) REFERENCES license_case(id),
    CONSTRAINT license_case_special_started_on_date CHECK (started_on IS NULL OR date(started_on) IS started_on),
    CONSTRAINT license_case_special_ended_on_date CHECK (ended_on IS NULL OR date(ended_on) IS ended_on)
);

-- 证照
CREATE TABLE license_certificate (
    id INTEGER PRIMARY KEY,
    no text NOT NULL,
    case_id bigint,
    item_id bigint NOT NULL,
    holder text NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    status text NOT NULL,
    CONSTRAINT license_certificate_no_key UNIQUE (no),
    CONSTRAINT license_certificate_case_id_fkey FOREIGN KEY (case_id) REFERENCES license_case(id),
    CONSTRAINT license_certificate_item_id_fkey FOREIGN KEY (item_id) REFERENCES license_item(id),
    CONSTRAINT license_certificate_status_check CHECK (status IN ('valid','renewed','changed','revoked','withdrawn','cancelled','expired')),
    CONSTRAINT license_certificate_valid_from_date CHECK (valid_from IS NULL OR date(valid_from) IS valid_from),
    CONSTRAINT license_certificate_valid_to_date CHECK (valid_to IS NULL OR date(valid_to) IS valid_to)
);

CREATE UNIQUE INDEX license_item_code_key ON license_item(scheme, code) WHERE code IS NOT NULL;
CREATE UNIQUE INDEX license_item_name_uniq ON license_item(coalesce(organ_id, 0), coalesce(parent_id, 0), name_key) WHERE code IS NULL;
CREATE INDEX license_item_name_key ON license_item(name_key);
CREATE INDEX license_item_parent ON license_item(parent_id);
CREATE INDEX license_item_last_batch ON license_item(last_batch_id);
CREATE UNIQUE INDEX license_version_open ON license_version(item_id) WHERE valid_to IS NULL;
CREATE INDEX license_version_batch ON license_version(batch_id);
CREATE INDEX license_change_batch ON license_change(batch_id);
CREATE INDEX license_change_item ON license_change(item_id);
CREATE INDEX license_case_item ON license_case(item_id, item_version_no);
CREATE INDEX license_case_status_due ON license_case(status, legal_due_on);

-- These tables only grow.
CREATE TRIGGER license_case_event_no_update BEFORE UPDATE ON license_case_event BEGIN SELECT RAISE(ABORT, 'license_case_event is append-only'); END;
CREATE TRIGGER license_case_event_no_delete BEFORE DELETE ON license_case_event BEGIN SELECT RAISE(ABORT, 'license_case_event is append-only'); END;
