-- Figures the database does not know, noted by hand; attributes as they were on any day; monthly counts
-- from the index alone.

-- 手工填报的数字 (表式、行、单位、期间)
CREATE TABLE disclosure_noted (
    form_code text NOT NULL,
    row_code text NOT NULL,
    unit_id bigint NOT NULL,
    from_on date NOT NULL,
    to_on date NOT NULL,
    value numeric(18,4) NOT NULL,
    source text NOT NULL,
    noted_at timestamptz NOT NULL,
    CONSTRAINT disclosure_noted_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id),
    CONSTRAINT disclosure_noted_pkey PRIMARY KEY (form_code, row_code, unit_id, from_on, to_on),
    CONSTRAINT disclosure_noted_from_on_date CHECK (from_on IS NULL OR date(from_on) IS from_on),
    CONSTRAINT disclosure_noted_to_on_date CHECK (to_on IS NULL OR date(to_on) IS to_on),
    CONSTRAINT disclosure_noted_noted_at_instant CHECK (noted_at IS NULL OR datetime(substr(noted_at, 1, 19)) || '+08:00' IS noted_at)
);

DROP INDEX disclosure_item_formed;
CREATE INDEX disclosure_item_formed ON disclosure_item(formed_on, publisher_unit_id, attribute);
CREATE INDEX disclosure_request_replied ON disclosure_request(replied_on, unit_id, outcome_row, id);
DROP INDEX disclosure_request_received;
CREATE INDEX disclosure_request_received ON disclosure_request(received_on, unit_id, channel);
CREATE INDEX disclosure_request_due ON disclosure_request(due_on);
CREATE INDEX disclosure_request_extended ON disclosure_request(extended_due_on);
CREATE INDEX disclosure_request_event_kind ON disclosure_request_event(kind, on_date, request_id);

-- A frozen edition never changes, and what an attribute was stays written.
CREATE TRIGGER disclosure_report_no_update BEFORE UPDATE ON disclosure_report BEGIN SELECT RAISE(ABORT, 'disclosure_report is append-only'); END;
CREATE TRIGGER disclosure_report_no_delete BEFORE DELETE ON disclosure_report BEGIN SELECT RAISE(ABORT, 'disclosure_report is append-only'); END;

-- 公开属性变更 (变更前的属性; 只增不改)
CREATE TABLE disclosure_attribute_change (
    id INTEGER PRIMARY KEY,
    item_id bigint NOT NULL,
    attribute text NOT NULL,
    changed_on date NOT NULL,
    CONSTRAINT disclosure_attribute_change_item_id_fkey FOREIGN KEY (item_id) REFERENCES disclosure_item(id),
    CONSTRAINT disclosure_attribute_change_attribute_check CHECK (attribute IN ('active','on_request','none')),
    CONSTRAINT disclosure_attribute_change_changed_on_date CHECK (changed_on IS NULL OR date(changed_on) IS changed_on)
);
CREATE INDEX disclosure_attribute_change_item ON disclosure_attribute_change(item_id, changed_on);

-- Who made an item and who reviewed it, account or not.
ALTER TABLE disclosure_item ADD COLUMN author text;
ALTER TABLE disclosure_item ADD COLUMN reviewer text;
