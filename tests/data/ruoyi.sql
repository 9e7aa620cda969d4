-- A small database with the table and column names of RuoYi-Vue (若依), and one fault or more for what the adapter maps.
CREATE TABLE sys_dept (dept_id bigint PRIMARY KEY, parent_id bigint, ancestors varchar(50), dept_name varchar(30), order_num int, leader varchar(20), phone varchar(11), email varchar(50), status char(1), del_flag char(1), create_by varchar(64), create_time timestamp, update_by varchar(64), update_time timestamp);
CREATE TABLE sys_user (user_id bigint PRIMARY KEY, dept_id bigint, user_name varchar(30), nick_name varchar(30), user_type varchar(2), email varchar(50), phonenumber varchar(11), sex char(1), avatar varchar(100), password varchar(100), status char(1), del_flag char(1), login_ip varchar(128), login_date timestamp, pwd_update_date timestamp, create_by varchar(64), create_time timestamp, update_by varchar(64), update_time timestamp, remark varchar(500));
CREATE TABLE sys_role (role_id bigint PRIMARY KEY, role_name varchar(30), role_key varchar(100), role_sort int, data_scope char(1), menu_check_strictly int, dept_check_strictly int, status char(1), del_flag char(1), create_by varchar(64), create_time timestamp, update_by varchar(64), update_time timestamp, remark varchar(500));
CREATE TABLE sys_user_role (user_id bigint, role_id bigint, PRIMARY KEY (user_id, role_id));
CREATE TABLE sys_menu (menu_id bigint PRIMARY KEY, menu_name varchar(50), parent_id bigint, order_num int, menu_type char(1), status char(1), perms varchar(100));
CREATE TABLE sys_role_menu (role_id bigint, menu_id bigint, PRIMARY KEY (role_id, menu_id));
CREATE TABLE sys_oper_log (oper_id bigint PRIMARY KEY, title varchar(50), business_type int, method varchar(200), request_method varchar(10), operator_type int, oper_name varchar(50), dept_name varchar(50), oper_url varchar(255), oper_ip varchar(128), oper_location varchar(255), oper_param varchar(2000), json_result varchar(2000), status int, error_msg varchar(2000), oper_time timestamp, cost_time bigint);
CREATE TABLE sys_logininfor (info_id bigint PRIMARY KEY, user_name varchar(50), ipaddr varchar(128), login_location varchar(255), browser varchar(50), os varchar(50), status char(1), msg varchar(255), login_time timestamp);

-- 103 is closed under an open 100, and 104 stands open under it; 105 says it stands two below where it does.
INSERT INTO sys_dept (dept_id, parent_id, ancestors, dept_name, order_num, status, del_flag, create_time) VALUES
    (100, 0, '0', '某集团', 0, '0', '0', '2020-01-01 08:00:00'),
    (101, 100, '0,100', '办公室', 1, '0', '0', '2020-01-01 08:00:00'),
    (103, 100, '0,100', '撤销处', 2, '1', '0', '2020-01-01 08:00:00'),
    (104, 103, '0,100,103', '悬空处', 3, '0', '0', '2020-01-01 08:00:00'),
    (105, 100, '0,100,103,9', '错级处', 4, '0', '0', '2020-01-01 08:00:00');

-- admin: built in. weak: MD5. gone: dormant, an old password. fresh: an initial password. lost: in a closed unit. twin: the hash of admin. off: out of use.
INSERT INTO sys_user (user_id, dept_id, user_name, nick_name, email, phonenumber, password, status, del_flag, login_date, pwd_update_date, create_time) VALUES
    (1, 101, 'admin', '管理员', '', '', '$2a$10$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', '0', '0', '2026-11-20 08:00:00', '2026-11-01 08:00:00', '2020-01-01 08:00:00'),
    (2, 101, 'weak', '王弱', '', '', '21232f297a57a5a743894a0e4a801fc3', '0', '0', '2026-11-20 08:00:00', '2026-11-01 08:00:00', '2020-01-01 08:00:00'),
    (3, 104, 'gone', '李久', '', '', '$2a$10$bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb', '0', '0', '2026-01-05 08:00:00', '2026-01-05 08:00:00', '2020-01-01 08:00:00'),
    (4, 101, 'fresh', '张新', '', '', '$2a$10$ccccccccccccccccccccccccccccccccccccccccccccccccccccc', '0', '0', '2026-11-20 08:00:00', NULL, '2026-11-01 08:00:00'),
    (5, 103, 'lost', '赵失', '', '', '$2a$10$ddddddddddddddddddddddddddddddddddddddddddddddddddddd', '0', '0', '2026-11-20 08:00:00', '2026-11-01 08:00:00', '2020-01-01 08:00:00'),
    (6, 105, 'twin', '钱双', '', '', '$2a$10$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', '0', '0', '2026-11-20 08:00:00', '2026-11-01 08:00:00', '2020-01-01 08:00:00'),
    (7, 101, 'off', '孙停', '', '', '$2a$10$eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee', '1', '0', '2026-11-20 08:00:00', '2026-11-01 08:00:00', '2020-01-01 08:00:00'),
    (8, 101, 'ry', '若依', '', '', '$2a$10$fffffffffffffffffffffffffffffffffffffffffffffffffffff', '0', '2', '2026-11-20 08:00:00', '2026-11-01 08:00:00', '2020-01-01 08:00:00');

INSERT INTO sys_role (role_id, role_name, role_key, role_sort, status, del_flag, create_time) VALUES
    (1, '超级管理员', 'admin', 1, '0', '0', '2020-01-01 08:00:00'),
    (2, '普通角色', 'common', 2, '0', '0', '2020-01-01 08:00:00'),
    (3, '日志员', 'logkeeper', 3, '0', '0', '2020-01-01 08:00:00');
INSERT INTO sys_user_role VALUES (1, 1), (2, 2), (7, 2);
INSERT INTO sys_menu VALUES (500, '操作日志', 108, 1, 'F', '0', 'monitor:operlog:list'), (501, '操作删除', 500, 2, 'F', '0', 'monitor:operlog:remove'), (1000, '用户查询', 100, 1, 'F', '0', 'system:user:query');
INSERT INTO sys_role_menu VALUES (2, 1000), (3, 500), (3, 501);
INSERT INTO sys_logininfor VALUES (1, 'weak', '10.0.0.1', '内网IP', 'Chrome', 'Windows', '0', '登录成功', '2026-11-20 08:00:00'), (2, 'weak', '10.0.0.1', '内网IP', 'Chrome', 'Windows', '1', '密码错误', '2026-11-20 07:59:00');
INSERT INTO sys_oper_log (oper_id, title, business_type, method, oper_name, oper_url, oper_ip, status, oper_time) VALUES
    (1, '用户管理', 2, 'edit()', 'admin', '/system/user', '10.0.0.1', 0, '2026-11-20 08:05:00');
