DROP INDEX license_case_organ;
DROP INDEX license_case_special_case;
DROP INDEX license_case_event_row_key;
DROP TABLE license_item_before;
DROP TABLE license_case_number;
CREATE TABLE license_link_before (
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
INSERT INTO license_link_before SELECT id, from_item_id, to_item_id, kind, doc_no, linked_on FROM license_link;
DROP TABLE license_link;
ALTER TABLE license_link_before RENAME TO license_link;
ALTER TABLE license_organ DROP COLUMN case_prefix;
ALTER TABLE license_case_special DROP COLUMN approved_by;
ALTER TABLE license_case_event DROP COLUMN actor;
ALTER TABLE license_case_event DROP COLUMN row_key;
ALTER TABLE license_case DROP COLUMN by_post;
ALTER TABLE license_case DROP COLUMN satisfaction;
ALTER TABLE license_case DROP COLUMN handling_kind;
ALTER TABLE license_case DROP COLUMN legal_person;
ALTER TABLE license_case DROP COLUMN applicant_id_kind;
ALTER TABLE license_case DROP COLUMN renews_until;
ALTER TABLE license_case DROP COLUMN certificate_no;
ALTER TABLE license_case DROP COLUMN decision_doc_no;
ALTER TABLE license_case DROP COLUMN accept_doc_no;
ALTER TABLE license_case DROP COLUMN supplement_due_on;
ALTER TABLE license_case DROP COLUMN deemed_accepted;
ALTER TABLE license_case DROP COLUMN promise_days;
ALTER TABLE license_case DROP COLUMN rule;
ALTER TABLE license_case DROP COLUMN procedure;
ALTER TABLE license_batch DROP COLUMN note;
ALTER TABLE license_version DROP COLUMN details;
ALTER TABLE license_source DROP COLUMN header;
