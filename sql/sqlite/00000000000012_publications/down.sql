ALTER TABLE disclosure_attribute_change DROP COLUMN reason;
ALTER TABLE disclosure_attribute_change DROP COLUMN set_on;
DROP TABLE disclosure_publication;
