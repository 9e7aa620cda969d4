DROP TABLE disclosure_report;
DROP TABLE disclosure_form;
DROP TABLE disclosure_decision_count;
DROP TABLE disclosure_dispute;
DROP TABLE disclosure_request_event;
DROP TABLE disclosure_request;
DROP TABLE disclosure_item_channel;
DROP TABLE disclosure_item;
