-- Government-information disclosure (政府信息公开).

-- 公开信息
CREATE TABLE disclosure_item (
    id INTEGER PRIMARY KEY,
    index_no text NOT NULL,
    title text NOT NULL,
    doc_no text, -- 索引号, 名称, 文号
    publisher_unit_id bigint NOT NULL,
    document_id bigint,
    category text NOT NULL,
    theme text,
    genre text,
    serves text,
    summary text, -- 类别, 主题分类, 体裁分类, 服务对象, 内容概述
    formed_on date NOT NULL,
    due_on date, -- 生成日期, 应公开日期 (20个工作日)
    attribute text NOT NULL, -- 主动公开, 依申请公开, 不予公开
    reason_code text,
    reason text,
    attribute_set_on date,
    author_id bigint,
    reviewed_by bigint,
    reviewed_at timestamptz,
    review_result text,
    published_at timestamptz,
    url text, -- 公开审查, 公开
    status text NOT NULL,
    last_evaluated_on date, -- 动态调整评估
    normative text NOT NULL DEFAULT 'other', -- 规章, 行政规范性文件, 其他
    validity text NOT NULL DEFAULT 'valid',
    abolished_on date, -- 有效, 废止, 失效
    replaced_by_id bigint,
    withdrawn_on date,
    withdrawn_reason text,
    created_at timestamptz NOT NULL,
    CONSTRAINT disclosure_item_index_no_key UNIQUE (index_no),
    CONSTRAINT disclosure_item_publisher_unit_id_fkey FOREIGN KEY (publisher_unit_id) REFERENCES unit(id),
    CONSTRAINT disclosure_item_document_id_fkey FOREIGN KEY (document_id) REFERENCES document(id),
    CONSTRAINT disclosure_item_attribute_check CHECK (attribute IN ('active','on_request','none')),
    CONSTRAINT disclosure_item_author_id_fkey FOREIGN KEY (author_id) REFERENCES oa_user(id),
    CONSTRAINT disclosure_item_reviewed_by_fkey FOREIGN KEY (reviewed_by) REFERENCES oa_user(id),
    CONSTRAINT disclosure_item_status_check CHECK (status IN ('pending','published','withdrawn','exempt')),
    CONSTRAINT disclosure_item_normative_check CHECK (normative IN ('rule','normative','other')),
    CONSTRAINT disclosure_item_validity_check CHECK (validity IN ('valid','abolished','expired')),
    CONSTRAINT disclosure_item_replaced_by_id_fkey FOREIGN KEY (replaced_by_id) REFERENCES disclosure_item(id),
    CONSTRAINT disclosure_item_formed_on_date CHECK (formed_on IS NULL OR date(formed_on) IS formed_on),
    CONSTRAINT disclosure_item_due_on_date CHECK (due_on IS NULL OR date(due_on) IS due_on),
    CONSTRAINT disclosure_item_attribute_set_on_date CHECK (attribute_set_on IS NULL OR date(attribute_set_on) IS attribute_set_on),
    CONSTRAINT disclosure_item_reviewed_at_instant CHECK (reviewed_at IS NULL OR datetime(substr(reviewed_at, 1, 19)) || '+08:00' IS reviewed_at),
    CONSTRAINT disclosure_item_published_at_instant CHECK (published_at IS NULL OR datetime(substr(published_at, 1, 19)) || '+08:00' IS published_at),
    CONSTRAINT disclosure_item_last_evaluated_on_date CHECK (last_evaluated_on IS NULL OR date(last_evaluated_on) IS last_evaluated_on),
    CONSTRAINT disclosure_item_abolished_on_date CHECK (abolished_on IS NULL OR date(abolished_on) IS abolished_on),
    CONSTRAINT disclosure_item_withdrawn_on_date CHECK (withdrawn_on IS NULL OR date(withdrawn_on) IS withdrawn_on),
    CONSTRAINT disclosure_item_created_at_instant CHECK (created_at IS NULL OR datetime(substr(created_at, 1, 19)) || '+08:00' IS created_at)
);

-- 公开渠道
CREATE TABLE disclosure_item_channel (
    item_id bigint NOT NULL,
    channel text NOT NULL,
    published_on date NOT NULL,
    url text,
    CONSTRAINT disclosure_item_channel_item_id_fkey FOREIGN KEY (item_id) REFERENCES disclosure_item(id),
    CONSTRAINT disclosure_item_channel_channel_check CHECK (channel IN ('site','gazette','weibo','wechat','press','other')),
    CONSTRAINT disclosure_item_channel_pkey PRIMARY KEY (item_id, channel),
    CONSTRAINT disclosure_item_channel_published_on_date CHECK (published_on IS NULL OR date(published_on) IS published_on)
);

-- 依申请公开
CREATE TABLE disclosure_request (
    id INTEGER PRIMARY KEY,
    no text NOT NULL,
    unit_id bigint NOT NULL, -- 承办单位
    applicant_kind text NOT NULL,
    applicant_name text NOT NULL,
    applicant_id_no text,
    contact text,
    channel text NOT NULL, -- 当面 邮寄 网络 传真 口头代填
    arrived_on date NOT NULL,
    confirmed_on date,
    received_on date,
    receipt_rule text, -- 到达, 确认, 收到 (第0日), 所依规则
    subject text NOT NULL,
    form_wanted text,
    regime text NOT NULL, -- 条例版本
    due_on date,
    extended_due_on date,
    extended_by bigint,
    replied_on date,
    closed_on date,
    outcome_row text,
    outcome_article text,
    reply_no text,
    pages bigint,
    delivered_on date,
    delivery text, -- 办理结果行
    status text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT disclosure_request_no_key UNIQUE (no),
    CONSTRAINT disclosure_request_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id),
    CONSTRAINT disclosure_request_applicant_kind_check CHECK (applicant_kind IN ('natural_person','business','research','public_welfare','legal_service','other_org')),
    CONSTRAINT disclosure_request_channel_check CHECK (channel IN ('in_person','post','online','fax','oral')),
    CONSTRAINT disclosure_request_regime_check CHECK (regime IN ('2008','2019')),
    CONSTRAINT disclosure_request_extended_by_fkey FOREIGN KEY (extended_by) REFERENCES oa_user(id),
    CONSTRAINT disclosure_request_status_check CHECK (status IN ('unconfirmed','open','supplement','consulting','reasons','fee','closed')),
    CONSTRAINT disclosure_request_arrived_on_date CHECK (arrived_on IS NULL OR date(arrived_on) IS arrived_on),
    CONSTRAINT disclosure_request_confirmed_on_date CHECK (confirmed_on IS NULL OR date(confirmed_on) IS confirmed_on),
    CONSTRAINT disclosure_request_received_on_date CHECK (received_on IS NULL OR date(received_on) IS received_on),
    CONSTRAINT disclosure_request_due_on_date CHECK (due_on IS NULL OR date(due_on) IS due_on),
    CONSTRAINT disclosure_request_extended_due_on_date CHECK (extended_due_on IS NULL OR date(extended_due_on) IS extended_due_on),
    CONSTRAINT disclosure_request_replied_on_date CHECK (replied_on IS NULL OR date(replied_on) IS replied_on),
    CONSTRAINT disclosure_request_closed_on_date CHECK (closed_on IS NULL OR date(closed_on) IS closed_on),
    CONSTRAINT disclosure_request_delivered_on_date CHECK (delivered_on IS NULL OR date(delivered_on) IS delivered_on),
    CONSTRAINT disclosure_request_created_at_instant CHECK (created_at IS NULL OR datetime(substr(created_at, 1, 19)) || '+08:00' IS created_at)
);

-- 申请办理环节 (只增不改)
CREATE TABLE disclosure_request_event (
    id INTEGER PRIMARY KEY,
    request_id bigint NOT NULL,
    seq bigint NOT NULL,
    kind text NOT NULL,
    on_date date NOT NULL,
    at timestamptz,
    by_user_id bigint,
    until_on date,
    doc_no text,
    note text,
    CONSTRAINT disclosure_request_event_request_id_fkey FOREIGN KEY (request_id) REFERENCES disclosure_request(id),
    CONSTRAINT disclosure_request_event_kind_check CHECK (kind IN ('arrive','confirm','ask_supplement','supplement','supplement_expire','consult_third','third_reply','third_expire','consult_organ','organ_reply','ask_reason','reason','extend','fee_notice','paid','fee_expire','answer','withdraw','reopen','review_open','review_close','suit_open','suit_close','correct_record')),
    CONSTRAINT disclosure_request_event_by_user_id_fkey FOREIGN KEY (by_user_id) REFERENCES oa_user(id),
    CONSTRAINT disclosure_request_event_request_id_seq_key UNIQUE (request_id, seq),
    CONSTRAINT disclosure_request_event_on_date_date CHECK (on_date IS NULL OR date(on_date) IS on_date),
    CONSTRAINT disclosure_request_event_at_instant CHECK (at IS NULL OR datetime(substr(at, 1, 19)) || '+08:00' IS at),
    CONSTRAINT disclosure_request_event_until_on_date CHECK (until_on IS NULL OR date(until_on) IS until_on)
);

-- 行政复议、行政诉讼
CREATE TABLE disclosure_dispute (
    id INTEGER PRIMARY KEY,
    request_id bigint,
    kind text NOT NULL,
    opened_on date NOT NULL,
    closed_on date,
    result text NOT NULL DEFAULT 'pending', -- 维持 纠正 其他 未审结
    CONSTRAINT disclosure_dispute_request_id_fkey FOREIGN KEY (request_id) REFERENCES disclosure_request(id),
    CONSTRAINT disclosure_dispute_kind_check CHECK (kind IN ('review','suit_direct','suit_after_review')),
    CONSTRAINT disclosure_dispute_result_check CHECK (result IN ('upheld','corrected','other','pending')),
    CONSTRAINT disclosure_dispute_opened_on_date CHECK (opened_on IS NULL OR date(opened_on) IS opened_on),
    CONSTRAINT disclosure_dispute_closed_on_date CHECK (closed_on IS NULL OR date(closed_on) IS closed_on)
);

-- 表二数字 (来自其他系统)
CREATE TABLE disclosure_decision_count (
    year bigint NOT NULL,
    code text NOT NULL,
    value numeric(18,4),
    source text,
    CONSTRAINT disclosure_decision_count_pkey PRIMARY KEY (year, code)
);

-- 统计表式
CREATE TABLE disclosure_form (
    code text NOT NULL,
    title text NOT NULL,
    cycle text NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    definition jsonb NOT NULL,
    CONSTRAINT disclosure_form_pkey PRIMARY KEY (code),
    CONSTRAINT disclosure_form_cycle_check CHECK (cycle IN ('month','quarter','halfyear','year')),
    CONSTRAINT disclosure_form_valid_from_date CHECK (valid_from IS NULL OR date(valid_from) IS valid_from),
    CONSTRAINT disclosure_form_valid_to_date CHECK (valid_to IS NULL OR date(valid_to) IS valid_to),
    CONSTRAINT disclosure_form_definition_json CHECK (definition IS NULL OR json_valid(definition))
);

-- 已封存的统计表
CREATE TABLE disclosure_report (
    id INTEGER PRIMARY KEY,
    form_code text NOT NULL,
    period text NOT NULL,
    unit_id bigint,
    edition bigint NOT NULL DEFAULT 1,
    figures jsonb NOT NULL,
    sha256 text NOT NULL,
    frozen_at timestamptz NOT NULL,
    frozen_by bigint,
    CONSTRAINT disclosure_report_form_code_fkey FOREIGN KEY (form_code) REFERENCES disclosure_form(code),
    CONSTRAINT disclosure_report_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id),
    CONSTRAINT disclosure_report_frozen_by_fkey FOREIGN KEY (frozen_by) REFERENCES oa_user(id),
    CONSTRAINT disclosure_report_form_code_period_unit_id_edition_key UNIQUE (form_code, period, unit_id, edition),
    CONSTRAINT disclosure_report_figures_json CHECK (figures IS NULL OR json_valid(figures)),
    CONSTRAINT disclosure_report_frozen_at_instant CHECK (frozen_at IS NULL OR datetime(substr(frozen_at, 1, 19)) || '+08:00' IS frozen_at)
);

CREATE INDEX disclosure_item_doc ON disclosure_item(document_id);
CREATE INDEX disclosure_item_formed ON disclosure_item(formed_on);
CREATE INDEX disclosure_item_publisher ON disclosure_item(publisher_unit_id, published_at);
CREATE INDEX disclosure_request_received ON disclosure_request(received_on);
CREATE INDEX disclosure_request_status_due ON disclosure_request(status, due_on);

-- These tables only grow.
CREATE TRIGGER disclosure_request_event_no_update BEFORE UPDATE ON disclosure_request_event BEGIN SELECT RAISE(ABORT, 'disclosure_request_event is append-only'); END;
CREATE TRIGGER disclosure_request_event_no_delete BEFORE DELETE ON disclosure_request_event BEGIN SELECT RAISE(ABORT, 'disclosure_request_event is append-only'); END;
