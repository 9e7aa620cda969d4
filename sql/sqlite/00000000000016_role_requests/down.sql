ALTER TABLE user_role DROP COLUMN revoked_reason;
ALTER TABLE user_role DROP COLUMN reason;
DROP TABLE role_request;
