DROP TABLE portal_file;
DROP TABLE portal_baseline;
