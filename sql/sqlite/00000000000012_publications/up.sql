-- A register handed in says the same next year: what was out, and what was withheld, is kept when it changes.

-- 公开经过 (已撤回后又公开的，前一次公开的起止)
CREATE TABLE disclosure_publication (
    id INTEGER PRIMARY KEY,
    item_id bigint NOT NULL,
    published_on date NOT NULL,
    withdrawn_on date,
    withdrawn_reason text,
    CONSTRAINT disclosure_publication_item_id_fkey FOREIGN KEY (item_id) REFERENCES disclosure_item(id),
    CONSTRAINT disclosure_publication_published_on_date CHECK (published_on IS NULL OR date(published_on) IS published_on),
    CONSTRAINT disclosure_publication_withdrawn_on_date CHECK (withdrawn_on IS NULL OR date(withdrawn_on) IS withdrawn_on)
);
CREATE INDEX disclosure_publication_day ON disclosure_publication(published_on, item_id);
CREATE INDEX disclosure_publication_item ON disclosure_publication(item_id);

-- Since when an item had the attribute it lost, and why it was withheld then.
ALTER TABLE disclosure_attribute_change ADD COLUMN set_on date;
ALTER TABLE disclosure_attribute_change ADD COLUMN reason text;
