DROP TRIGGER disclosure_report_append_only ON disclosure_report;
DROP TRIGGER disclosure_report_no_truncate ON disclosure_report;
ALTER TABLE disclosure_item DROP COLUMN reviewer;
ALTER TABLE disclosure_item DROP COLUMN author;
DROP TABLE disclosure_attribute_change;
DROP INDEX disclosure_item_formed;
CREATE INDEX disclosure_item_formed ON disclosure_item(formed_on);
DROP TABLE disclosure_noted;
