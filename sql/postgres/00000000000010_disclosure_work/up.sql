-- The clock of requests (依申请公开), the numbers given, and frozen reports by edition.

ALTER TABLE disclosure_request ADD COLUMN signed boolean NOT NULL DEFAULT FALSE;
ALTER TABLE disclosure_request ADD COLUMN items bigint;
ALTER TABLE disclosure_request ADD COLUMN fee_scheme text COLLATE "C" CONSTRAINT disclosure_request_fee_scheme_check CHECK (fee_scheme IN ('item','page'));
ALTER TABLE disclosure_request ADD COLUMN fee_yuan bigint;
ALTER TABLE disclosure_request ADD COLUMN fee_paid_on date;
ALTER TABLE disclosure_request_event ADD COLUMN days bigint;
ALTER TABLE disclosure_request_event ADD COLUMN party text COLLATE "C";
ALTER TABLE disclosure_request_event ADD COLUMN actor text COLLATE "C";

-- 沿革: where an item stood before a batch moved it
ALTER TABLE license_item_before ADD COLUMN level text COLLATE "C";

-- 索引号、申请编号: the last number given, per kind, prefix and year
CREATE TABLE disclosure_number (
    kind text COLLATE "C" NOT NULL,
    prefix text COLLATE "C" NOT NULL,
    year bigint NOT NULL,
    last_no bigint NOT NULL,
    CONSTRAINT disclosure_number_kind_check CHECK (kind IN ('index','request')),
    CONSTRAINT disclosure_number_pkey PRIMARY KEY (kind, prefix, year)
);

CREATE INDEX disclosure_request_event_request ON disclosure_request_event(request_id, seq);
CREATE INDEX disclosure_request_closed ON disclosure_request(closed_on);
