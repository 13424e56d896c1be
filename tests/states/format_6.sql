-- A state as Pushform wrote it in format 6, the last in which rows named their texts by numbers: something of everything.
CREATE TABLE name (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE row (
    kind INTEGER NOT NULL, subject INTEGER NOT NULL, item INTEGER NOT NULL,
    value INTEGER NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (kind, subject, item)
) WITHOUT ROWID;
CREATE TABLE kept (
    device INTEGER NOT NULL, property INTEGER NOT NULL, value INTEGER NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (device, property)
) WITHOUT ROWID;
CREATE TABLE protected (property INTEGER PRIMARY KEY);
CREATE TABLE account (vendor TEXT PRIMARY KEY, account TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE call (
    id INTEGER PRIMARY KEY AUTOINCREMENT, write TEXT NOT NULL, rows TEXT NOT NULL, at INTEGER NOT NULL
);
CREATE TABLE spend (
    id INTEGER PRIMARY KEY AUTOINCREMENT, vendor TEXT NOT NULL, quota TEXT NOT NULL,
    subject INTEGER NOT NULL, sent_at INTEGER NOT NULL, replied_at INTEGER, origin TEXT
);
CREATE TABLE lease (
    one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, owner TEXT NOT NULL, operation TEXT NOT NULL,
    acquired_at INTEGER NOT NULL, ends_at INTEGER NOT NULL, fence INTEGER NOT NULL, process TEXT
);
CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE approval (
    one INTEGER PRIMARY KEY CHECK (one = 1), plan TEXT NOT NULL, at INTEGER NOT NULL, rows BLOB NOT NULL
);
CREATE TABLE moved (one INTEGER PRIMARY KEY CHECK (one = 1), place TEXT NOT NULL, at INTEGER NOT NULL);
CREATE TABLE used_up (
    vendor TEXT NOT NULL, quota TEXT NOT NULL, subject INTEGER NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (vendor, quota, subject)
) WITHOUT ROWID;
PRAGMA application_id = 1886745448;
PRAGMA user_version = 6;
INSERT INTO counter VALUES ('serial', 4), ('fence', 9), ('edits', 11);
INSERT INTO name (id, text) VALUES
    (1, 'e605a0db5ce3cca9b76b012978064940'), (2, ''), (3, 'alice_w'), (4, '9497869031e1fa74adaa84458f73cc62'),
    (5, 'vip'), (6, 'set'), (7, 'members'), (8, '喜爱足球'), (9, '1a0018970aa97f72bb6'), (10, 'level'), (11, '3'),
    (12, 'number 会员等级'), (13, 'wx'), (14, 'oX-Yr4');
INSERT INTO row (kind, subject, item, value, at) VALUES
    (1, 1, 2, 3, 1795000001), (1, 4, 2, 3, 1795000002), (2, 1, 5, 6, 1795000003), (2, 1, 8, 6, 1795000004),
    (2, 4, 5, 7, 1795000005), (3, 4, 2, 2, 1795000006), (4, 1, 13, 14, 1795000007), (5, 10, 2, 12, 1795000008),
    (6, 9, 10, 11, 1795000009);
INSERT INTO kept VALUES (9, 10, 11, 1795000010);
INSERT INTO protected VALUES (10);
INSERT INTO account VALUES ('getui', 'app-1');
INSERT INTO call (write, rows, at) VALUES (
    '{"call":"block","users":["e605a0db5ce3cca9b76b012978064940"]}',
    '[["blacklist","e605a0db5ce3cca9b76b012978064940","","",1795000011]]', 1795000011000
);
INSERT INTO spend (vendor, quota, subject, sent_at, replied_at, origin) VALUES
    ('getui', 'requests', 0, 1795000000000, 1795000000100, NULL),
    ('getui', 'tag_overwrite_per_user', -81985529216486896, 1795000001000, NULL, 'elsewhere 1');
INSERT INTO used_up VALUES ('getui', 'tag_batch', 0, 1795000002000);
