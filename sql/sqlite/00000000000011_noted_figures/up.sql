-- Figures the database does not know, noted by hand; monthly counts from the index alone.

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
