-- Figures the database does not know, noted by hand; monthly counts from the index alone.

-- 手工填报的数字 (表式、行、单位、期间)
CREATE TABLE disclosure_noted (
    form_code text COLLATE "C" NOT NULL,
    row_code text COLLATE "C" NOT NULL,
    unit_id bigint NOT NULL,
    from_on date NOT NULL,
    to_on date NOT NULL,
    value numeric(18,4) NOT NULL,
    source text COLLATE "C" NOT NULL,
    noted_at timestamptz NOT NULL,
    CONSTRAINT disclosure_noted_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES unit(id),
    CONSTRAINT disclosure_noted_pkey PRIMARY KEY (form_code, row_code, unit_id, from_on, to_on)
);

DROP INDEX disclosure_item_formed;
CREATE INDEX disclosure_item_formed ON disclosure_item(formed_on, publisher_unit_id, attribute);
