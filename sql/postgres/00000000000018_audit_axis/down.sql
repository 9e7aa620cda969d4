DROP VIEW calendar_axis;
DROP TABLE schema_migration;
