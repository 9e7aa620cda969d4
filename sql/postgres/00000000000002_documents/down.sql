DROP TABLE document_number_void;
DROP TABLE document_step;
DROP TABLE document_file;
DROP TABLE document_recipient;
DROP TABLE document;
DROP TABLE doc_serial;
