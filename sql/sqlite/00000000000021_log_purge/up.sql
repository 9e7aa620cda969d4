-- What is past its legal term may leave the log (审计日志清理), and what is left can still be proved: the hash and the
-- peaks of the tree at the point where it was cut are kept.

-- 日志清理点
CREATE TABLE audit_purge (
    id INTEGER PRIMARY KEY,
    last_no bigint NOT NULL, -- the last link that was taken away
    last_seq bigint NOT NULL, -- and the highest entry
    entries bigint NOT NULL,
    head_hash text NOT NULL, -- what the first link that is left builds on
    peaks jsonb NOT NULL,
    last_at timestamptz NOT NULL, -- when the newest entry taken away was written
    export_sha256 text NOT NULL,
    purged_at timestamptz NOT NULL,
    CONSTRAINT audit_purge_last_no_key UNIQUE (last_no),
    CONSTRAINT audit_purge_peaks_json CHECK (peaks IS NULL OR json_valid(peaks)),
    CONSTRAINT audit_purge_last_at_instant CHECK (last_at IS NULL OR datetime(substr(last_at, 1, 19)) || '+08:00' IS last_at),
    CONSTRAINT audit_purge_purged_at_instant CHECK (purged_at IS NULL OR datetime(substr(purged_at, 1, 19)) || '+08:00' IS purged_at)
);

CREATE TRIGGER audit_purge_no_update BEFORE UPDATE ON audit_purge BEGIN SELECT RAISE(ABORT, 'audit_purge is append-only'); END;
CREATE TRIGGER audit_purge_no_delete BEFORE DELETE ON audit_purge BEGIN SELECT RAISE(ABORT, 'audit_purge is append-only'); END;

-- The log still only grows, but for what a purge point covers.
DROP TRIGGER audit_log_no_delete;
DROP TRIGGER audit_seal_no_delete;
CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log
WHEN OLD.seq > (SELECT COALESCE(max(last_seq), 0) FROM audit_purge)
BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END;
CREATE TRIGGER audit_seal_no_delete BEFORE DELETE ON audit_seal
WHEN OLD.no > (SELECT COALESCE(max(last_no), 0) FROM audit_purge)
BEGIN SELECT RAISE(ABORT, 'audit_seal is append-only'); END;
