-- The portal and its information (网站与信息).

-- 网站栏目
CREATE TABLE portal_column (
    id INTEGER PRIMARY KEY,
    code text NOT NULL,
    name text NOT NULL,
    section text NOT NULL, -- 六大版块
    unit_id bigint NOT NULL,
    update_days bigint,
    status text NOT NULL DEFAULT 'active',
    CONSTRAINT portal_column_code_key UNIQUE (code),
    CONSTRAINT portal_column_section_check CHECK (section IN ('news','affairs','disclosure','licensing','encyclopaedia','interaction')),
    CONSTRAINT portal_column_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id)
);

-- 信息
CREATE TABLE info_item (
    id INTEGER PRIMARY KEY,
    column_id bigint,
    unit_id bigint NOT NULL,
    author_id bigint,
    title text NOT NULL,
    submitted_at timestamptz NOT NULL,
    reviewed_by bigint,
    reviewed_at timestamptz,
    status text NOT NULL,
    published_at timestamptz,
    document_id bigint,
    views bigint NOT NULL DEFAULT 0,
    CONSTRAINT info_item_column_id_fkey FOREIGN KEY (column_id) REFERENCES portal_column(id),
    CONSTRAINT info_item_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id),
    CONSTRAINT info_item_author_id_fkey FOREIGN KEY (author_id) REFERENCES oa_user(id),
    CONSTRAINT info_item_reviewed_by_fkey FOREIGN KEY (reviewed_by) REFERENCES oa_user(id),
    CONSTRAINT info_item_status_check CHECK (status IN ('draft','submitted','adopted','published','rejected','withdrawn')),
    CONSTRAINT info_item_document_id_fkey FOREIGN KEY (document_id) REFERENCES document(id),
    CONSTRAINT info_item_submitted_at_instant CHECK (submitted_at IS NULL OR datetime(substr(submitted_at, 1, 19)) || '+08:00' IS submitted_at),
    CONSTRAINT info_item_reviewed_at_instant CHECK (reviewed_at IS NULL OR datetime(substr(reviewed_at, 1, 19)) || '+08:00' IS reviewed_at),
    CONSTRAINT info_item_published_at_instant CHECK (published_at IS NULL OR datetime(substr(published_at, 1, 19)) || '+08:00' IS published_at)
);

-- 信息采用
CREATE TABLE info_adoption (
    id INTEGER PRIMARY KEY,
    info_item_id bigint NOT NULL,
    level text NOT NULL,
    medium text NOT NULL,
    adopted_on date NOT NULL,
    commissioned boolean NOT NULL DEFAULT FALSE,
    instruction_level text,
    points numeric(8,2), -- 约稿, 领导批示, 计分
    CONSTRAINT info_adoption_info_item_id_fkey FOREIGN KEY (info_item_id) REFERENCES info_item(id),
    CONSTRAINT info_adoption_level_check CHECK (level IN ('bureau','city','ministry','national')),
    CONSTRAINT info_adoption_info_item_id_level_medium_key UNIQUE (info_item_id, level, medium),
    CONSTRAINT info_adoption_adopted_on_date CHECK (adopted_on IS NULL OR date(adopted_on) IS adopted_on),
    CONSTRAINT info_adoption_commissioned_bool CHECK (commissioned IN (0, 1))
);

CREATE INDEX info_item_column ON info_item(column_id, published_at);
