DROP TABLE setting;
DROP TABLE calendar_notice;
DROP TABLE code_item;
DROP TABLE calendar_day;
DROP TABLE ops_record;
DROP TABLE duty_roster;
DROP TABLE restore_test;
DROP TABLE backup_run;
