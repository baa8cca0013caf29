-- A database as the version of November 2026 (22c694b) left it when it was killed: a job that ended, one at work, one that
-- is being cancelled, one with an image that nobody has looked up.
BEGIN TRANSACTION;
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
INSERT INTO grdb_migrations VALUES('2026-11-inventory');
INSERT INTO grdb_migrations VALUES('2026-11-jobs');
INSERT INTO grdb_migrations VALUES('2026-11-tokens');
INSERT INTO grdb_migrations VALUES('2026-11-job-keep');
INSERT INTO grdb_migrations VALUES('2026-11-image-origin');
INSERT INTO grdb_migrations VALUES('2026-11-damaged-files');
INSERT INTO grdb_migrations VALUES('2026-11-compute-uuids');
INSERT INTO grdb_migrations VALUES('2026-11-webhooks');
CREATE TABLE host (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    address TEXT NOT NULL,
    port INTEGER NOT NULL,
    enabled INTEGER NOT NULL,
    disabled_reason TEXT,
    labels TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
, service_uuid TEXT NOT NULL DEFAULT '', hypervisor_uuid TEXT NOT NULL DEFAULT '') STRICT;
INSERT INTO host VALUES(1,'node-1','10.0.0.1',7701,1,NULL,'{"rack":"1"}',1795000000000000,1795000000000000,'cb06a677-6114-4514-a67f-ce5e637110f6','cdd9a85e-662d-4bb5-9b82-23cb05cf146a');
INSERT INTO host VALUES(2,'node-2','10.0.0.2',7701,1,NULL,'{"rack":"0"}',1795000000000000,1795000000000000,'23e2a30d-81bb-4cc6-952f-c53a24707d89','923a0a8c-5f83-432e-9ce6-e7ba560644fb');
INSERT INTO host VALUES(3,'node-3','10.0.0.3',7701,1,NULL,'{"rack":"1"}',1795000000000000,1795000000000000,'63d7b75c-bc48-4c28-a231-1d05935fe4d4','ebbe101c-a770-47ab-9a80-22a3b43838e1');
INSERT INTO host VALUES(4,'node-4','10.0.0.4',7701,0,'repairs','{"rack":"0"}',1795000000000000,1795000000000000,'e0dfd276-f5f2-4d3f-88e9-7b7488837574','a4e50ba7-ec3a-488a-b561-d200f99f41f5');
CREATE TABLE heartbeat (
    host_id INTEGER PRIMARY KEY REFERENCES host (id) ON DELETE CASCADE,
    received_at INTEGER NOT NULL,
    interval_ms INTEGER NOT NULL,
    version TEXT,
    started_at INTEGER,
    disk_total_bytes INTEGER,
    disk_free_bytes INTEGER,
    cache_images INTEGER NOT NULL,
    cache_bytes INTEGER NOT NULL,
    tasks INTEGER NOT NULL
, cache_damaged INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO heartbeat VALUES(1,1795000000000000,30000,'0.9',1795000000000000,1000,500,1,10,0,0);
INSERT INTO heartbeat VALUES(2,1795000000000000,30000,'0.9',1795000000000000,1000,500,1,10,0,0);
INSERT INTO heartbeat VALUES(3,1795000000000000,30000,'0.9',1795000000000000,1000,500,1,10,0,0);
CREATE TABLE heartbeat_images (
    host_id INTEGER PRIMARY KEY REFERENCES host (id) ON DELETE CASCADE,
    images TEXT NOT NULL
) STRICT;
INSERT INTO heartbeat_images VALUES(1,'[{"id":"image-0","size":10,"verified":true}]');
INSERT INTO heartbeat_images VALUES(2,'[{"id":"image-0","size":10,"verified":true}]');
INSERT INTO heartbeat_images VALUES(3,'[{"id":"image-0","size":10,"verified":true}]');
CREATE TABLE aggregate (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL UNIQUE,
    availability_zone TEXT,
    metadata TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
INSERT INTO aggregate VALUES(1,'1b600af7-230a-4ab1-a971-a9f1b74f840a','web','zone-a','{"tier":"gold"}',1795000000000000,1795000000000000);
INSERT INTO aggregate VALUES(2,'4e75146e-412c-4464-a57f-d14f7570163e','all',NULL,'{}',1795000000000000,1795000000000000);
CREATE TABLE aggregate_host (
    aggregate_id INTEGER NOT NULL REFERENCES aggregate (id) ON DELETE CASCADE,
    host_id INTEGER NOT NULL REFERENCES host (id) ON DELETE CASCADE,
    PRIMARY KEY (aggregate_id, host_id)
) STRICT, WITHOUT ROWID;
INSERT INTO aggregate_host VALUES(1,1);
INSERT INTO aggregate_host VALUES(2,1);
INSERT INTO aggregate_host VALUES(1,2);
INSERT INTO aggregate_host VALUES(2,2);
INSERT INTO aggregate_host VALUES(1,3);
INSERT INTO aggregate_host VALUES(2,3);
INSERT INTO aggregate_host VALUES(2,4);
CREATE TABLE image (
    id TEXT PRIMARY KEY,
    name TEXT,
    url TEXT NOT NULL,
    size_bytes INTEGER,
    hash_algorithm TEXT,
    hash TEXT,
    disk_format TEXT NOT NULL,
    allow_unverified INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO image VALUES('image-0','Image 0','http://images.example/0',1000000,'sha256','abababababababababababababababababababababababababababababababab','qcow2',0,1795000000000000,1795000000000000);
INSERT INTO image VALUES('image-1','Image 1','http://images.example/1',NULL,'sha256','abababababababababababababababababababababababababababababababab','qcow2',0,1795000000000000,1795000000000000);
CREATE TABLE job (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    aggregate_id INTEGER NOT NULL,
    aggregate TEXT NOT NULL,
    state INTEGER NOT NULL,
    parallelism TEXT NOT NULL,
    host_timeout_ms INTEGER NOT NULL,
    max_attempts INTEGER NOT NULL,
    deadline_ms INTEGER NOT NULL,
    deadline_at INTEGER NOT NULL,
    retry_of TEXT,
    requested_by TEXT,
    cancel_requested_at INTEGER,
    hosts_total INTEGER NOT NULL,
    hosts_done INTEGER NOT NULL,
    pending INTEGER NOT NULL,
    running INTEGER NOT NULL,
    cached INTEGER NOT NULL,
    existing INTEGER NOT NULL,
    error INTEGER NOT NULL,
    unsupported INTEGER NOT NULL,
    skipped INTEGER NOT NULL,
    cancelled INTEGER NOT NULL,
    bytes_done INTEGER NOT NULL,
    bytes_total INTEGER NOT NULL,
    note TEXT,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER
, keep_ms INTEGER) STRICT;
INSERT INTO job VALUES(1,'4037a462-5abb-49cf-b918-1aafc76f809c',1,'web',3,'50%',60000,3,600000,1795000600000000,NULL,'ci',NULL,3,3,0,0,3,2,1,0,0,0,30,3000030,NULL,1795000000000000,1795000000000000,1795000000000000,86400000);
INSERT INTO job VALUES(2,'023e5210-4025-414b-8444-f0cb9a860b9e',2,'all',1,'50%',60000,3,600000,1795000600000000,NULL,'ci',NULL,4,1,4,1,3,0,0,0,0,0,3000000,8000000,NULL,1795000000000000,1795000000000000,NULL,86400000);
INSERT INTO job VALUES(3,'d153d193-6b0f-41c9-96f0-fb0d343b2aa4',1,'web',1,'50%',60000,3,600000,1795000600000000,NULL,'ci',1795000000000000,3,2,0,1,0,0,0,0,0,2,0,3000000,NULL,1795000000000000,1795000000000000,NULL,86400000);
INSERT INTO job VALUES(4,'40d65f9d-b27e-4ede-8693-41023fce400d',1,'web',0,'50%',60000,3,600000,1795000600000000,NULL,'ci',NULL,3,0,6,0,0,0,0,0,0,0,0,3000000,NULL,1795000000000000,NULL,NULL,86400000);
CREATE TABLE job_image (
    job_id INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    image_id TEXT NOT NULL,
    name TEXT,
    url TEXT NOT NULL,
    size_bytes INTEGER,
    hash_algorithm TEXT,
    hash TEXT,
    disk_format TEXT NOT NULL,
    allow_unverified INTEGER NOT NULL, origin TEXT NOT NULL DEFAULT 'catalogue',
    PRIMARY KEY (job_id, ordinal)
) STRICT, WITHOUT ROWID;
INSERT INTO job_image VALUES(1,0,'image-0','Image 0','http://images.example/0',1000000,'sha256','abababababababababababababababababababababababababababababababab','qcow2',0,'catalogue');
INSERT INTO job_image VALUES(1,1,'image-1','Image 1','http://images.example/1',1000000,'sha256','abababababababababababababababababababababababababababababababab','qcow2',0,'catalogue');
INSERT INTO job_image VALUES(2,0,'image-0','Image 0','http://images.example/0',1000000,'sha256','abababababababababababababababababababababababababababababababab','qcow2',0,'catalogue');
INSERT INTO job_image VALUES(2,1,'image-1','Image 1','http://images.example/1',1000000,'sha256','abababababababababababababababababababababababababababababababab','qcow2',0,'catalogue');
INSERT INTO job_image VALUES(3,0,'image-0','Image 0','http://images.example/0',1000000,'sha256','abababababababababababababababababababababababababababababababab','qcow2',0,'catalogue');
INSERT INTO job_image VALUES(4,0,'image-0','Image 0','http://images.example/0',1000000,'sha256','abababababababababababababababababababababababababababababababab','qcow2',0,'catalogue');
INSERT INTO job_image VALUES(4,1,'image-9',NULL,'',NULL,NULL,NULL,'raw',0,'unresolved');
CREATE TABLE idempotency (
    key TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    job_uuid TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO idempotency VALUES('key-ended','f','4037a462-5abb-49cf-b918-1aafc76f809c',1795000000000000);
INSERT INTO idempotency VALUES('key-open','f','023e5210-4025-414b-8444-f0cb9a860b9e',1795000000000000);
CREATE TABLE pruned_job (id INTEGER PRIMARY KEY) STRICT;
CREATE TABLE job_host (
    job_id INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    host_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    state INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    next_attempt_at INTEGER NOT NULL,
    unfinished INTEGER NOT NULL,
    started_at INTEGER,
    PRIMARY KEY (job_id, ordinal)
) STRICT, WITHOUT ROWID;
INSERT INTO job_host VALUES(1,0,1,'node-1',2,1,0,0,1795000000000000);
INSERT INTO job_host VALUES(1,1,2,'node-2',2,1,0,0,1795000000000000);
INSERT INTO job_host VALUES(1,2,3,'node-3',2,1,0,0,1795000000000000);
INSERT INTO job_host VALUES(2,0,1,'node-1',2,1,0,0,1795000000000000);
INSERT INTO job_host VALUES(2,1,2,'node-2',1,1,0,1,1795000000000000);
INSERT INTO job_host VALUES(2,2,3,'node-3',0,1,1795000005000000,2,1795000000000000);
INSERT INTO job_host VALUES(2,3,4,'node-4',0,0,0,2,NULL);
INSERT INTO job_host VALUES(3,0,1,'node-1',1,1,0,1,1795000000000000);
INSERT INTO job_host VALUES(3,1,2,'node-2',2,0,0,0,NULL);
INSERT INTO job_host VALUES(3,2,3,'node-3',2,0,0,0,NULL);
INSERT INTO job_host VALUES(4,0,1,'node-1',0,0,0,2,NULL);
INSERT INTO job_host VALUES(4,1,2,'node-2',0,0,0,2,NULL);
INSERT INTO job_host VALUES(4,2,3,'node-3',0,0,0,2,NULL);
CREATE TABLE job_result (
    job_id INTEGER NOT NULL,
    host INTEGER NOT NULL,
    image INTEGER NOT NULL,
    outcome INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    reason TEXT,
    detail TEXT,
    bytes_done INTEGER NOT NULL,
    bytes_total INTEGER,
    source TEXT,
    verified INTEGER,
    finished_at INTEGER,
    PRIMARY KEY (job_id, host, image)
) STRICT, WITHOUT ROWID;
INSERT INTO job_result VALUES(1,0,0,2,1,NULL,NULL,10,10,'http://images.example/0',1,1795000000000000);
INSERT INTO job_result VALUES(1,0,1,3,1,NULL,NULL,0,1000000,NULL,NULL,1795000000000000);
INSERT INTO job_result VALUES(1,1,0,2,1,NULL,NULL,10,10,'http://images.example/0',1,1795000000000000);
INSERT INTO job_result VALUES(1,1,1,4,1,'no_space','disk full',0,1000000,NULL,NULL,1795000000000000);
INSERT INTO job_result VALUES(1,2,0,2,1,NULL,NULL,10,10,'http://images.example/0',1,1795000000000000);
INSERT INTO job_result VALUES(1,2,1,3,1,NULL,NULL,0,1000000,NULL,NULL,1795000000000000);
INSERT INTO job_result VALUES(2,0,0,2,1,NULL,NULL,1000000,1000000,'http://images.example/0',1,1795000000000000);
INSERT INTO job_result VALUES(2,0,1,2,1,NULL,NULL,1000000,1000000,'http://images.example/1',1,1795000000000000);
INSERT INTO job_result VALUES(2,1,0,2,1,NULL,NULL,1000000,1000000,'http://images.example/0',1,1795000000000000);
INSERT INTO job_result VALUES(2,1,1,0,0,NULL,NULL,0,1000000,NULL,NULL,NULL);
INSERT INTO job_result VALUES(2,2,0,0,0,'source_error','502',0,1000000,NULL,NULL,NULL);
INSERT INTO job_result VALUES(2,2,1,0,0,NULL,NULL,0,1000000,NULL,NULL,NULL);
INSERT INTO job_result VALUES(2,3,0,0,0,NULL,NULL,0,1000000,NULL,NULL,NULL);
INSERT INTO job_result VALUES(2,3,1,0,0,NULL,NULL,0,1000000,NULL,NULL,NULL);
INSERT INTO job_result VALUES(3,0,0,0,0,NULL,NULL,0,1000000,NULL,NULL,NULL);
INSERT INTO job_result VALUES(3,1,0,7,0,'cancelled',NULL,0,1000000,NULL,NULL,1795000000000000);
INSERT INTO job_result VALUES(3,2,0,7,0,'cancelled',NULL,0,1000000,NULL,NULL,1795000000000000);
INSERT INTO job_result VALUES(4,0,0,0,0,NULL,NULL,0,1000000,NULL,NULL,NULL);
INSERT INTO job_result VALUES(4,0,1,0,0,NULL,NULL,0,NULL,NULL,NULL,NULL);
INSERT INTO job_result VALUES(4,1,0,0,0,NULL,NULL,0,1000000,NULL,NULL,NULL);
INSERT INTO job_result VALUES(4,1,1,0,0,NULL,NULL,0,NULL,NULL,NULL,NULL);
INSERT INTO job_result VALUES(4,2,0,0,0,NULL,NULL,0,1000000,NULL,NULL,NULL);
INSERT INTO job_result VALUES(4,2,1,0,0,NULL,NULL,0,NULL,NULL,NULL,NULL);
CREATE TABLE job_event (
    job_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    at INTEGER NOT NULL,
    host INTEGER,
    image INTEGER,
    value INTEGER,
    attempt INTEGER,
    reason TEXT,
    detail TEXT,
    PRIMARY KEY (job_id, id)
) STRICT, WITHOUT ROWID;
INSERT INTO job_event VALUES(1,1,0,1795000000000000,NULL,NULL,0,NULL,NULL,NULL);
INSERT INTO job_event VALUES(1,2,0,1795000000000000,NULL,NULL,1,NULL,NULL,NULL);
INSERT INTO job_event VALUES(1,3,1,1795000000000000,0,0,2,1,NULL,NULL);
INSERT INTO job_event VALUES(1,4,1,1795000000000000,0,1,3,1,NULL,NULL);
INSERT INTO job_event VALUES(1,5,1,1795000000000000,1,0,2,1,NULL,NULL);
INSERT INTO job_event VALUES(1,6,1,1795000000000000,1,1,4,1,NULL,NULL);
INSERT INTO job_event VALUES(1,7,1,1795000000000000,2,0,2,1,NULL,NULL);
INSERT INTO job_event VALUES(1,8,1,1795000000000000,2,1,3,1,NULL,NULL);
INSERT INTO job_event VALUES(1,9,0,1795000000000000,NULL,NULL,3,NULL,NULL,NULL);
INSERT INTO job_event VALUES(2,10,0,1795000000000000,NULL,NULL,0,NULL,NULL,NULL);
INSERT INTO job_event VALUES(2,11,0,1795000000000000,NULL,NULL,1,NULL,NULL,NULL);
INSERT INTO job_event VALUES(2,12,1,1795000000000000,0,0,2,1,NULL,NULL);
INSERT INTO job_event VALUES(2,13,1,1795000000000000,0,1,2,1,NULL,NULL);
INSERT INTO job_event VALUES(2,14,1,1795000000000000,1,0,2,1,NULL,NULL);
INSERT INTO job_event VALUES(2,15,2,1795000000000000,2,NULL,1795000005000000,1,'source_error','502');
INSERT INTO job_event VALUES(3,16,0,1795000000000000,NULL,NULL,0,NULL,NULL,NULL);
INSERT INTO job_event VALUES(3,17,0,1795000000000000,NULL,NULL,1,NULL,NULL,NULL);
INSERT INTO job_event VALUES(3,18,3,1795000000000000,NULL,NULL,NULL,NULL,NULL,'ci');
INSERT INTO job_event VALUES(3,19,1,1795000000000000,1,0,7,0,NULL,NULL);
INSERT INTO job_event VALUES(3,20,1,1795000000000000,2,0,7,0,NULL,NULL);
INSERT INTO job_event VALUES(4,21,0,1795000000000000,NULL,NULL,0,NULL,NULL,NULL);
CREATE TABLE event_counter (last INTEGER NOT NULL) STRICT;
INSERT INTO event_counter VALUES(21);
CREATE TABLE token (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;
INSERT INTO token VALUES(1,'ci','operator',X'0707070707070707070707070707070707070707070707070707070707070707',1795000000000000,NULL);
INSERT INTO token VALUES(2,'old','admin',X'0808080808080808080808080808080808080808080808080808080808080808',1795000000000000,1795000000000000);
CREATE TABLE webhook (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    url TEXT NOT NULL,
    secret TEXT NOT NULL,
    format TEXT NOT NULL,
    events TEXT NOT NULL,
    aggregates TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    from_settings INTEGER NOT NULL,
    start_after INTEGER NOT NULL,
    delivered INTEGER NOT NULL DEFAULT 0,
    dropped INTEGER NOT NULL DEFAULT 0,
    failing_since INTEGER,
    last_error TEXT,
    last_delivery_at INTEGER,
    paused_at INTEGER,
    paused_reason TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
INSERT INTO webhook VALUES(1,'ops','https://ops.example/hook','whsec_CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=','cloudevents','[]','[]',1,0,0,0,0,NULL,NULL,NULL,NULL,NULL,1795000000000000,1795000000000000);
CREATE TABLE webhook_cursor (
    job_id INTEGER NOT NULL,
    webhook_id INTEGER NOT NULL,
    event_id INTEGER NOT NULL,
    PRIMARY KEY (job_id, webhook_id)
) STRICT, WITHOUT ROWID;
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('host',4);
INSERT INTO sqlite_sequence VALUES('aggregate',2);
INSERT INTO sqlite_sequence VALUES('token',2);
INSERT INTO sqlite_sequence VALUES('webhook',1);
INSERT INTO sqlite_sequence VALUES('job',4);
CREATE INDEX aggregate_host_by_host ON aggregate_host (host_id);
CREATE INDEX job_by_state ON job (state, id);
CREATE INDEX job_by_aggregate ON job (aggregate, id);
CREATE INDEX job_by_end ON job (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX idempotency_by_age ON idempotency (created_at);
CREATE INDEX job_host_waiting ON job_host (job_id, next_attempt_at, ordinal) WHERE state = 0;
CREATE INDEX job_host_claimed ON job_host (job_id, ordinal) WHERE state = 1;
CREATE UNIQUE INDEX job_host_by_name ON job_host (job_id, name);
CREATE INDEX job_result_not_good ON job_result (job_id, outcome, host, image)
    WHERE outcome = 4 OR outcome = 6 OR outcome = 7;
CREATE UNIQUE INDEX token_by_name ON token (name) WHERE revoked_at IS NULL;
CREATE INDEX job_image_unresolved ON job_image (job_id) WHERE origin = 'unresolved';
CREATE UNIQUE INDEX host_by_service_uuid ON host (service_uuid);
CREATE UNIQUE INDEX host_by_hypervisor_uuid ON host (hypervisor_uuid);
COMMIT;
PRAGMA application_id = 1347568456;
