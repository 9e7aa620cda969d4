-- Documents (公文) and how they are handled.

-- 发文字号流水
CREATE TABLE doc_serial (
    doc_word text NOT NULL,
    doc_year bigint NOT NULL,
    unit_id bigint NOT NULL,
    last_no bigint NOT NULL DEFAULT 0,
    CONSTRAINT doc_serial_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id),
    CONSTRAINT doc_serial_pkey PRIMARY KEY (doc_word, doc_year)
);

-- 公文
CREATE TABLE document (
    id INTEGER PRIMARY KEY,
    direction text NOT NULL, -- 发文, 收文, 签报
    type_code text NOT NULL, -- 文种 (code_item list doc_type)
    title text NOT NULL,
    doc_word text,
    doc_year bigint,
    doc_no bigint,
    doc_no_text text, -- 发文字号 in parts and as printed
    copy_no text, -- 份号
    secrecy text NOT NULL DEFAULT 'none', -- 秘密 机密 绝密
    secrecy_years bigint, -- 保密期限
    urgency text NOT NULL DEFAULT 'normal', -- 平件 加急 特急
    line text, -- 上行 下行 平行 公布
    unit_id bigint NOT NULL, -- 主办/登记单位
    drafter_id bigint,
    issuer_name text, -- 来文机关
    signer_id bigint,
    signed_at timestamptz, -- 签发人
    issued_on date,
    printed_on date, -- 成文日期, 印发日期
    receive_no text,
    received_at timestamptz,
    registered_at timestamptz, -- 收文编号, 签收, 登记
    needs_reply boolean NOT NULL DEFAULT FALSE,
    reply_document_id bigint, -- 答复
    due_at timestamptz,
    finished_at timestamptz,
    status text NOT NULL,
    disclose_attr text,
    disclose_reason text, -- 主动公开 依申请公开 不予公开
    created_at timestamptz NOT NULL,
    CONSTRAINT document_direction_check CHECK (direction IN ('out','in','internal')),
    CONSTRAINT document_secrecy_check CHECK (secrecy IN ('none','secret','confidential','top_secret')),
    CONSTRAINT document_urgency_check CHECK (urgency IN ('normal','urgent','extra')),
    CONSTRAINT document_line_check CHECK (line IN ('up','down','level','public')),
    CONSTRAINT document_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id),
    CONSTRAINT document_drafter_id_fkey FOREIGN KEY (drafter_id) REFERENCES oa_user(id),
    CONSTRAINT document_signer_id_fkey FOREIGN KEY (signer_id) REFERENCES oa_user(id),
    CONSTRAINT document_reply_document_id_fkey FOREIGN KEY (reply_document_id) REFERENCES document(id),
    CONSTRAINT document_status_check CHECK (status IN ('draft','reviewing','signed','issued','registered','handling','finished','archived','returned','void')),
    CONSTRAINT document_disclose_attr_check CHECK (disclose_attr IN ('active','on_request','none')),
    CONSTRAINT document_signed_at_instant CHECK (signed_at IS NULL OR datetime(substr(signed_at, 1, 19)) || '+08:00' IS signed_at),
    CONSTRAINT document_issued_on_date CHECK (issued_on IS NULL OR date(issued_on) IS issued_on),
    CONSTRAINT document_printed_on_date CHECK (printed_on IS NULL OR date(printed_on) IS printed_on),
    CONSTRAINT document_received_at_instant CHECK (received_at IS NULL OR datetime(substr(received_at, 1, 19)) || '+08:00' IS received_at),
    CONSTRAINT document_registered_at_instant CHECK (registered_at IS NULL OR datetime(substr(registered_at, 1, 19)) || '+08:00' IS registered_at),
    CONSTRAINT document_needs_reply_bool CHECK (needs_reply IN (0, 1)),
    CONSTRAINT document_due_at_instant CHECK (due_at IS NULL OR datetime(substr(due_at, 1, 19)) || '+08:00' IS due_at),
    CONSTRAINT document_finished_at_instant CHECK (finished_at IS NULL OR datetime(substr(finished_at, 1, 19)) || '+08:00' IS finished_at),
    CONSTRAINT document_created_at_instant CHECK (created_at IS NULL OR datetime(substr(created_at, 1, 19)) || '+08:00' IS created_at)
);

-- 主送/抄送/分送
CREATE TABLE document_recipient (
    id INTEGER PRIMARY KEY,
    document_id bigint NOT NULL,
    kind text NOT NULL,
    unit_id bigint,
    external_name text,
    sort_no bigint NOT NULL DEFAULT 0,
    CONSTRAINT document_recipient_document_id_fkey FOREIGN KEY (document_id) REFERENCES document(id),
    CONSTRAINT document_recipient_kind_check CHECK (kind IN ('main','copy','distribute')),
    CONSTRAINT document_recipient_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id),
    CONSTRAINT document_recipient_rule_check CHECK ((unit_id IS NULL) <> (external_name IS NULL))
);

-- 正文/定稿/附件
CREATE TABLE document_file (
    id INTEGER PRIMARY KEY,
    document_id bigint NOT NULL,
    kind text NOT NULL,
    file_name text NOT NULL,
    format text NOT NULL,
    bytes bigint NOT NULL,
    sha256 text,
    stored_path text NOT NULL,
    version_no bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    CONSTRAINT document_file_document_id_fkey FOREIGN KEY (document_id) REFERENCES document(id),
    CONSTRAINT document_file_kind_check CHECK (kind IN ('body','final','attachment','form')),
    CONSTRAINT document_file_created_at_instant CHECK (created_at IS NULL OR datetime(substr(created_at, 1, 19)) || '+08:00' IS created_at)
);

-- 办理环节 (待办/已办)
CREATE TABLE document_step (
    id INTEGER PRIMARY KEY,
    document_id bigint NOT NULL,
    seq bigint NOT NULL,
    step text NOT NULL, -- code_item list doc_step, see the table of steps
    assignee_id bigint,
    unit_id bigint,
    assigned_at timestamptz NOT NULL,
    due_at timestamptz,
    read_at timestamptz,
    done_at timestamptz,
    outcome text,
    opinion text,
    on_behalf_of bigint,
    urged_at timestamptz,
    urge_count bigint NOT NULL DEFAULT 0, -- 催办
    CONSTRAINT document_step_document_id_fkey FOREIGN KEY (document_id) REFERENCES document(id),
    CONSTRAINT document_step_assignee_id_fkey FOREIGN KEY (assignee_id) REFERENCES oa_user(id),
    CONSTRAINT document_step_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id),
    CONSTRAINT document_step_on_behalf_of_fkey FOREIGN KEY (on_behalf_of) REFERENCES oa_user(id),
    CONSTRAINT document_step_document_id_seq_key UNIQUE (document_id, seq),
    CONSTRAINT document_step_assigned_at_instant CHECK (assigned_at IS NULL OR datetime(substr(assigned_at, 1, 19)) || '+08:00' IS assigned_at),
    CONSTRAINT document_step_due_at_instant CHECK (due_at IS NULL OR datetime(substr(due_at, 1, 19)) || '+08:00' IS due_at),
    CONSTRAINT document_step_read_at_instant CHECK (read_at IS NULL OR datetime(substr(read_at, 1, 19)) || '+08:00' IS read_at),
    CONSTRAINT document_step_done_at_instant CHECK (done_at IS NULL OR datetime(substr(done_at, 1, 19)) || '+08:00' IS done_at),
    CONSTRAINT document_step_urged_at_instant CHECK (urged_at IS NULL OR datetime(substr(urged_at, 1, 19)) || '+08:00' IS urged_at)
);

-- 空号/废号登记
CREATE TABLE document_number_void (
    doc_word text NOT NULL,
    doc_year bigint NOT NULL,
    doc_no bigint NOT NULL,
    reason text NOT NULL,
    approved_by bigint,
    voided_at timestamptz NOT NULL,
    CONSTRAINT document_number_void_approved_by_fkey FOREIGN KEY (approved_by) REFERENCES oa_user(id),
    CONSTRAINT document_number_void_pkey PRIMARY KEY (doc_word, doc_year, doc_no),
    CONSTRAINT document_number_void_voided_at_instant CHECK (voided_at IS NULL OR datetime(substr(voided_at, 1, 19)) || '+08:00' IS voided_at)
);

CREATE INDEX document_word ON document(doc_word, doc_year, doc_no);
CREATE INDEX document_status_due ON document(status, due_at);
CREATE INDEX document_step_open ON document_step(assignee_id, done_at);
CREATE INDEX document_file_doc ON document_file(document_id, kind);
CREATE INDEX document_recipient_doc ON document_recipient(document_id);
CREATE INDEX document_unit_issued ON document(unit_id, issued_on);
