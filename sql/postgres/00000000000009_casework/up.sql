-- The deep catalogue and the clock of cases (目录沿革、办件时限).

ALTER TABLE license_source ADD COLUMN header jsonb;
ALTER TABLE license_version ADD COLUMN details jsonb NOT NULL DEFAULT '{}';
ALTER TABLE license_batch ADD COLUMN note text COLLATE "C";
ALTER TABLE license_case ADD COLUMN procedure text COLLATE "C" NOT NULL DEFAULT 'ordinary' CONSTRAINT license_case_procedure_check CHECK (procedure IN ('ordinary','joint','review_first'));
ALTER TABLE license_case ADD COLUMN rule text COLLATE "C" NOT NULL DEFAULT 'license-decide';
ALTER TABLE license_case ADD COLUMN promise_days bigint;
ALTER TABLE license_case ADD COLUMN deemed_accepted boolean NOT NULL DEFAULT FALSE;
ALTER TABLE license_case ADD COLUMN supplement_due_on date;
ALTER TABLE license_case ADD COLUMN accept_doc_no text COLLATE "C";
ALTER TABLE license_case ADD COLUMN decision_doc_no text COLLATE "C";
ALTER TABLE license_case ADD COLUMN certificate_no text COLLATE "C";
ALTER TABLE license_case ADD COLUMN renews_until date;
ALTER TABLE license_case ADD COLUMN applicant_id_kind text COLLATE "C";
ALTER TABLE license_case ADD COLUMN legal_person text COLLATE "C";
ALTER TABLE license_case ADD COLUMN handling_kind text COLLATE "C";
ALTER TABLE license_case ADD COLUMN satisfaction text COLLATE "C" CONSTRAINT license_case_satisfaction_check CHECK (satisfaction IN ('1','2','3','4','5'));
ALTER TABLE license_case ADD COLUMN by_post boolean;
ALTER TABLE license_case_event ADD COLUMN row_key text COLLATE "C";
ALTER TABLE license_case_event ADD COLUMN actor text COLLATE "C";
ALTER TABLE license_case_special ADD COLUMN approved_by text COLLATE "C";
ALTER TABLE license_organ ADD COLUMN case_prefix text COLLATE "C";

-- 办件编号: the last number given, per organ and year
CREATE TABLE license_case_number (
    organ_id bigint NOT NULL,
    year bigint NOT NULL,
    last_no bigint NOT NULL,
    CONSTRAINT license_case_number_pkey PRIMARY KEY (organ_id, year),
    CONSTRAINT license_case_number_organ_id_fkey FOREIGN KEY (organ_id) REFERENCES license_organ(id)
);

-- 撤回批次所需的原状: items as they were before a batch touched them
CREATE TABLE license_item_before (
    batch_id bigint NOT NULL,
    item_id bigint NOT NULL,
    scheme text COLLATE "C" NOT NULL,
    code text COLLATE "C",
    name text COLLATE "C" NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    parent_id bigint,
    organ_id bigint,
    type_code text COLLATE "C" NOT NULL,
    lead_dept text COLLATE "C",
    status text COLLATE "C" NOT NULL,
    last_batch_id bigint NOT NULL,
    open_version_no bigint,
    CONSTRAINT license_item_before_pkey PRIMARY KEY (batch_id, item_id),
    CONSTRAINT license_item_before_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES license_batch(id),
    CONSTRAINT license_item_before_item_id_fkey FOREIGN KEY (item_id) REFERENCES license_item(id)
);

ALTER TABLE license_link ADD COLUMN batch_id bigint CONSTRAINT license_link_batch_id_fkey REFERENCES license_batch(id);
CREATE UNIQUE INDEX license_case_event_row_key ON license_case_event(row_key) WHERE row_key IS NOT NULL;
CREATE INDEX license_case_special_case ON license_case_special(case_id);
CREATE INDEX license_case_organ ON license_case(organ_id, received_on);
