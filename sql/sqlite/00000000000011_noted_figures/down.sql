DROP INDEX disclosure_item_formed;
CREATE INDEX disclosure_item_formed ON disclosure_item(formed_on);
DROP TABLE disclosure_noted;
