-- The clock of requests (依申请公开), the numbers given, and frozen reports by edition.

ALTER TABLE disclosure_request ADD COLUMN signed boolean NOT NULL DEFAULT FALSE CONSTRAINT disclosure_request_signed_bool CHECK (signed IN (0, 1));
ALTER TABLE disclosure_request ADD COLUMN items bigint;
ALTER TABLE disclosure_request ADD COLUMN fee_scheme text CONSTRAINT disclosure_request_fee_scheme_check CHECK (fee_scheme IN ('item','page'));
ALTER TABLE disclosure_request ADD COLUMN fee_yuan bigint;
ALTER TABLE disclosure_request ADD COLUMN fee_paid_on date CONSTRAINT disclosure_request_fee_paid_on_date CHECK (fee_paid_on IS NULL OR date(fee_paid_on) IS fee_paid_on);
ALTER TABLE disclosure_request_event ADD COLUMN days bigint;
ALTER TABLE disclosure_request_event ADD COLUMN party text;
ALTER TABLE disclosure_request_event ADD COLUMN actor text;

-- 沿革: where an item stood before a batch moved it
ALTER TABLE license_item_before ADD COLUMN level text;

-- 索引号、申请编号: the last number given, per kind, prefix and year
CREATE TABLE disclosure_number (
    kind text NOT NULL,
    prefix text NOT NULL,
    year bigint NOT NULL,
    last_no bigint NOT NULL,
    CONSTRAINT disclosure_number_kind_check CHECK (kind IN ('index','request')),
    CONSTRAINT disclosure_number_pkey PRIMARY KEY (kind, prefix, year)
);

CREATE INDEX disclosure_request_event_request ON disclosure_request_event(request_id, seq);
CREATE INDEX disclosure_request_closed ON disclosure_request(closed_on);
