DROP TABLE info_adoption;
DROP TABLE info_item;
DROP TABLE portal_column;
