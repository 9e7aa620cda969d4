-- The day a special procedure was told to end (特别程序告知的结束日), apart from the days it began and ended.

ALTER TABLE license_case_special ADD COLUMN until_on date;
