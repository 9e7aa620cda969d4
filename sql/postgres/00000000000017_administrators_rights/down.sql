DELETE FROM role_permission WHERE role_id IN (SELECT id FROM role WHERE admin_kind <> 'none') AND perm IN (
    'audit:waive', 'backup:manage', 'backup:read', 'calendar:write', 'case:read', 'case:write', 'db:check',
    'db:copy', 'demo:load', 'disclosure:read', 'disclosure:write', 'license:read', 'license:write',
    'log:checkpoint', 'portal:read', 'portal:write', 'request:read', 'request:write', 'role:define', 'role:read', 'role:request',
    'stats:read', 'stats:write', 'unit:read', 'user:read'
);
