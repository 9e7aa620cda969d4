ALTER TABLE license_case_special DROP COLUMN until_on;
