-- Meetings, archives, exchange (会议、档案、公文交换).

-- 会议
CREATE TABLE meeting (
    id INTEGER PRIMARY KEY,
    title text NOT NULL,
    organiser_unit_id bigint NOT NULL,
    host_id bigint,
    room text,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    notice_sent_at timestamptz,
    status text NOT NULL,
    minutes_required boolean NOT NULL DEFAULT FALSE,
    minutes_document_id bigint,
    CONSTRAINT meeting_organiser_unit_id_fkey FOREIGN KEY (organiser_unit_id) REFERENCES unit(id),
    CONSTRAINT meeting_host_id_fkey FOREIGN KEY (host_id) REFERENCES oa_user(id),
    CONSTRAINT meeting_status_check CHECK (status IN ('planned','notified','held','cancelled')),
    CONSTRAINT meeting_minutes_document_id_fkey FOREIGN KEY (minutes_document_id) REFERENCES document(id),
    CONSTRAINT meeting_rule_check CHECK (ends_at > starts_at),
    CONSTRAINT meeting_starts_at_instant CHECK (starts_at IS NULL OR datetime(substr(starts_at, 1, 19)) || '+08:00' IS starts_at),
    CONSTRAINT meeting_ends_at_instant CHECK (ends_at IS NULL OR datetime(substr(ends_at, 1, 19)) || '+08:00' IS ends_at),
    CONSTRAINT meeting_notice_sent_at_instant CHECK (notice_sent_at IS NULL OR datetime(substr(notice_sent_at, 1, 19)) || '+08:00' IS notice_sent_at),
    CONSTRAINT meeting_minutes_required_bool CHECK (minutes_required IN (0, 1))
);

-- 参会
CREATE TABLE meeting_attendee (
    id INTEGER PRIMARY KEY,
    meeting_id bigint NOT NULL,
    unit_id bigint NOT NULL,
    user_id bigint,
    required boolean NOT NULL DEFAULT TRUE,
    confirmed_at timestamptz,
    leave_reason text,
    signed_in_at timestamptz,
    CONSTRAINT meeting_attendee_meeting_id_fkey FOREIGN KEY (meeting_id) REFERENCES meeting(id),
    CONSTRAINT meeting_attendee_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id),
    CONSTRAINT meeting_attendee_user_id_fkey FOREIGN KEY (user_id) REFERENCES oa_user(id),
    CONSTRAINT meeting_attendee_required_bool CHECK (required IN (0, 1)),
    CONSTRAINT meeting_attendee_confirmed_at_instant CHECK (confirmed_at IS NULL OR datetime(substr(confirmed_at, 1, 19)) || '+08:00' IS confirmed_at),
    CONSTRAINT meeting_attendee_signed_in_at_instant CHECK (signed_in_at IS NULL OR datetime(substr(signed_in_at, 1, 19)) || '+08:00' IS signed_in_at)
);

-- 议定事项/督办
CREATE TABLE meeting_task (
    id INTEGER PRIMARY KEY,
    meeting_id bigint,
    title text NOT NULL,
    unit_id bigint NOT NULL,
    owner_id bigint,
    due_on date NOT NULL,
    done_on date,
    status text NOT NULL DEFAULT 'open',
    CONSTRAINT meeting_task_meeting_id_fkey FOREIGN KEY (meeting_id) REFERENCES meeting(id),
    CONSTRAINT meeting_task_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id),
    CONSTRAINT meeting_task_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES oa_user(id),
    CONSTRAINT meeting_task_status_check CHECK (status IN ('open','done','dropped')),
    CONSTRAINT meeting_task_due_on_date CHECK (due_on IS NULL OR date(due_on) IS due_on),
    CONSTRAINT meeting_task_done_on_date CHECK (done_on IS NULL OR date(done_on) IS done_on)
);

-- 全宗
CREATE TABLE archive_fonds (
    fonds_no text NOT NULL,
    unit_id bigint NOT NULL,
    name text NOT NULL,
    hall_level text NOT NULL,
    CONSTRAINT archive_fonds_pkey PRIMARY KEY (fonds_no),
    CONSTRAINT archive_fonds_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id),
    CONSTRAINT archive_fonds_hall_level_check CHECK (hall_level IN ('city','county'))
);

-- 移交批次
CREATE TABLE archive_transfer (
    id INTEGER PRIMARY KEY,
    no text NOT NULL,
    fonds_no text NOT NULL,
    created_at timestamptz NOT NULL,
    item_count bigint NOT NULL,
    total_bytes bigint NOT NULL,
    manifest_sha256 text,
    sent_at timestamptz,
    received_at timestamptz,
    receiver text,
    check_authentic boolean,
    check_complete boolean,
    check_usable boolean,
    check_secure boolean, -- 四性检测
    result text NOT NULL DEFAULT 'pending',
    reason text,
    CONSTRAINT archive_transfer_no_key UNIQUE (no),
    CONSTRAINT archive_transfer_fonds_no_fkey FOREIGN KEY (fonds_no) REFERENCES archive_fonds(fonds_no),
    CONSTRAINT archive_transfer_result_check CHECK (result IN ('pending','accepted','rejected')),
    CONSTRAINT archive_transfer_created_at_instant CHECK (created_at IS NULL OR datetime(substr(created_at, 1, 19)) || '+08:00' IS created_at),
    CONSTRAINT archive_transfer_sent_at_instant CHECK (sent_at IS NULL OR datetime(substr(sent_at, 1, 19)) || '+08:00' IS sent_at),
    CONSTRAINT archive_transfer_received_at_instant CHECK (received_at IS NULL OR datetime(substr(received_at, 1, 19)) || '+08:00' IS received_at),
    CONSTRAINT archive_transfer_check_authentic_bool CHECK (check_authentic IN (0, 1)),
    CONSTRAINT archive_transfer_check_complete_bool CHECK (check_complete IN (0, 1)),
    CONSTRAINT archive_transfer_check_usable_bool CHECK (check_usable IN (0, 1)),
    CONSTRAINT archive_transfer_check_secure_bool CHECK (check_secure IN (0, 1))
);

-- 归档文件 (件)
CREATE TABLE archive_item (
    id INTEGER PRIMARY KEY,
    fonds_no text NOT NULL,
    category text NOT NULL DEFAULT 'WS',
    year bigint NOT NULL,
    retention text NOT NULL,
    org_code text NOT NULL,
    item_no bigint NOT NULL,
    archival_code text NOT NULL, -- 保管期限 机构(问题) 件号 档号
    title text NOT NULL,
    responsible text,
    doc_no_text text,
    formed_on date NOT NULL,
    secrecy text NOT NULL DEFAULT 'none',
    pages bigint,
    document_id bigint,
    format text,
    bytes bigint,
    sha256 text,
    checked_sha256 text,
    checked_at timestamptz,
    archived_at timestamptz NOT NULL,
    archived_by bigint,
    transfer_id bigint,
    status text NOT NULL DEFAULT 'kept',
    CONSTRAINT archive_item_fonds_no_fkey FOREIGN KEY (fonds_no) REFERENCES archive_fonds(fonds_no),
    CONSTRAINT archive_item_document_id_fkey FOREIGN KEY (document_id) REFERENCES document(id),
    CONSTRAINT archive_item_archived_by_fkey FOREIGN KEY (archived_by) REFERENCES oa_user(id),
    CONSTRAINT archive_item_transfer_id_fkey FOREIGN KEY (transfer_id) REFERENCES archive_transfer(id),
    CONSTRAINT archive_item_status_check CHECK (status IN ('kept','transferred','destroyed')),
    CONSTRAINT archive_item_formed_on_date CHECK (formed_on IS NULL OR date(formed_on) IS formed_on),
    CONSTRAINT archive_item_checked_at_instant CHECK (checked_at IS NULL OR datetime(substr(checked_at, 1, 19)) || '+08:00' IS checked_at),
    CONSTRAINT archive_item_archived_at_instant CHECK (archived_at IS NULL OR datetime(substr(archived_at, 1, 19)) || '+08:00' IS archived_at)
);

-- 交换对端
CREATE TABLE exchange_peer (
    id INTEGER PRIMARY KEY,
    code text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    gateway_unit_id bigint,
    public_key text,
    status text NOT NULL DEFAULT 'active', -- 统一出口单位
    CONSTRAINT exchange_peer_code_key UNIQUE (code),
    CONSTRAINT exchange_peer_kind_check CHECK (kind IN ('ministry','city','commission','licence_centre','subordinate','district')),
    CONSTRAINT exchange_peer_gateway_unit_id_fkey FOREIGN KEY (gateway_unit_id) REFERENCES unit(id)
);

-- 公文包
CREATE TABLE exchange_package (
    id INTEGER PRIMARY KEY,
    package_no text NOT NULL,
    direction text NOT NULL,
    peer_id bigint NOT NULL,
    document_id bigint,
    sender_unit_id bigint,
    sequence_no bigint NOT NULL,
    created_at timestamptz NOT NULL,
    sent_at timestamptz,
    due_at timestamptz,
    file_count bigint NOT NULL,
    bytes bigint NOT NULL,
    manifest_sha256 text NOT NULL,
    computed_sha256 text,
    verified_at timestamptz,
    state text NOT NULL,
    supersedes_id bigint,
    CONSTRAINT exchange_package_direction_check CHECK (direction IN ('out','in')),
    CONSTRAINT exchange_package_peer_id_fkey FOREIGN KEY (peer_id) REFERENCES exchange_peer(id),
    CONSTRAINT exchange_package_document_id_fkey FOREIGN KEY (document_id) REFERENCES document(id),
    CONSTRAINT exchange_package_sender_unit_id_fkey FOREIGN KEY (sender_unit_id) REFERENCES unit(id),
    CONSTRAINT exchange_package_state_check CHECK (state IN ('built','sent','delivered','signed','returned','failed')),
    CONSTRAINT exchange_package_supersedes_id_fkey FOREIGN KEY (supersedes_id) REFERENCES exchange_package(id),
    CONSTRAINT exchange_package_peer_id_direction_sequence_no_key UNIQUE (peer_id, direction, sequence_no),
    CONSTRAINT exchange_package_created_at_instant CHECK (created_at IS NULL OR datetime(substr(created_at, 1, 19)) || '+08:00' IS created_at),
    CONSTRAINT exchange_package_sent_at_instant CHECK (sent_at IS NULL OR datetime(substr(sent_at, 1, 19)) || '+08:00' IS sent_at),
    CONSTRAINT exchange_package_due_at_instant CHECK (due_at IS NULL OR datetime(substr(due_at, 1, 19)) || '+08:00' IS due_at),
    CONSTRAINT exchange_package_verified_at_instant CHECK (verified_at IS NULL OR datetime(substr(verified_at, 1, 19)) || '+08:00' IS verified_at)
);

-- 回执
CREATE TABLE exchange_receipt (
    id INTEGER PRIMARY KEY,
    receipt_no text NOT NULL,
    package_id bigint NOT NULL,
    kind text NOT NULL,
    at timestamptz NOT NULL,
    by_name text,
    reason text,
    manifest_sha256 text NOT NULL,
    CONSTRAINT exchange_receipt_receipt_no_key UNIQUE (receipt_no),
    CONSTRAINT exchange_receipt_package_id_fkey FOREIGN KEY (package_id) REFERENCES exchange_package(id),
    CONSTRAINT exchange_receipt_kind_check CHECK (kind IN ('delivered','signed','returned','error')),
    CONSTRAINT exchange_receipt_at_instant CHECK (at IS NULL OR datetime(substr(at, 1, 19)) || '+08:00' IS at)
);

CREATE INDEX archive_item_series ON archive_item(fonds_no, category, year, retention, org_code, item_no);
CREATE INDEX archive_item_doc ON archive_item(document_id);
CREATE INDEX archive_item_code ON archive_item(archival_code);
CREATE INDEX exchange_receipt_pkg ON exchange_receipt(package_id);
