-- What a published web tree held when it was last taken for good (网页防篡改).

-- 网站基线
CREATE TABLE portal_baseline (
    id INTEGER PRIMARY KEY,
    site text NOT NULL,
    folder text NOT NULL,
    taken_at timestamptz NOT NULL,
    files bigint NOT NULL,
    links bigint NOT NULL,
    bytes bigint NOT NULL,
    excluded jsonb NOT NULL,
    digest text NOT NULL, -- over the whole list
    CONSTRAINT portal_baseline_taken_at_instant CHECK (taken_at IS NULL OR datetime(substr(taken_at, 1, 19)) || '+08:00' IS taken_at),
    CONSTRAINT portal_baseline_excluded_json CHECK (excluded IS NULL OR json_valid(excluded))
);

-- 基线文件 (只记变化，自哪次基线起，至哪次基线止)
CREATE TABLE portal_file (
    id INTEGER PRIMARY KEY,
    site text NOT NULL,
    path text NOT NULL,
    kind text NOT NULL,
    bytes bigint,
    sha256 text,
    target text,
    since_id bigint NOT NULL,
    until_id bigint,
    CONSTRAINT portal_file_kind_check CHECK (kind IN ('file','link','other')),
    CONSTRAINT portal_file_since_id_fkey FOREIGN KEY (since_id) REFERENCES portal_baseline(id),
    CONSTRAINT portal_file_until_id_fkey FOREIGN KEY (until_id) REFERENCES portal_baseline(id)
);
CREATE INDEX portal_baseline_site ON portal_baseline(site, id);
CREATE INDEX portal_file_path ON portal_file(site, path);
