-- The API that a token is issued for, and by what its holder knows it.
ALTER TABLE access_tokens ADD COLUMN dialect text NOT NULL DEFAULT 'polar' CHECK (dialect IN ('polar', 'kirim'));
ALTER TABLE access_tokens ADD COLUMN label text;
ALTER TABLE access_tokens ADD COLUMN last_four text;

-- An organization's teams besides the default one, which has the organization's own id.
CREATE TABLE teams (
    organization_id blob    NOT NULL REFERENCES organizations (id),
    id              blob    NOT NULL CHECK (length(id) = 16),
    created_at      integer NOT NULL,
    name            text    NOT NULL CHECK (length(name) > 0),
    PRIMARY KEY (organization_id, id)
) WITHOUT ROWID;

-- What an organization may use; one without a row may use everything. Names of features are separated by spaces.
CREATE TABLE plans (
    organization_id blob    PRIMARY KEY NOT NULL REFERENCES organizations (id),
    customers_max   integer CHECK (customers_max >= 0),
    withheld        text    NOT NULL,
    is_active       integer NOT NULL CHECK (is_active IN (0, 1))
) WITHOUT ROWID;

-- How many calls an organization may make a minute; null is no limit, and no row leaves it to the dialect.
CREATE TABLE call_limits (
    organization_id   blob    PRIMARY KEY NOT NULL REFERENCES organizations (id),
    reads_per_minute  integer CHECK (reads_per_minute > 0),
    writes_per_minute integer CHECK (writes_per_minute > 0)
) WITHOUT ROWID;

-- The answers to calls with idempotency keys, each kept with its call's effect. The subject is the customer whose data is in it.
CREATE TABLE answers (
    organization_id blob    NOT NULL,
    key             text    NOT NULL,
    fingerprint     blob    NOT NULL CHECK (length(fingerprint) = 32),
    answer          blob    NOT NULL,
    created_at      integer NOT NULL,
    subject_id      blob,
    PRIMARY KEY (organization_id, key)
);

CREATE INDEX answers_by_created_at ON answers (created_at);
CREATE INDEX answers_by_subject ON answers (organization_id, subject_id) WHERE subject_id IS NOT NULL;

-- The secret of this installation that cursors are signed with.
CREATE TABLE cursor_keys (
    key blob NOT NULL CHECK (length(key) = 32)
);

INSERT INTO cursor_keys (key) VALUES (randomblob(32));

-- Without a team a customer is of the default one.
ALTER TABLE customers ADD COLUMN status text NOT NULL DEFAULT 'active'
    CHECK (status IN ('pending', 'active', 'suspended', 'archived'));
ALTER TABLE customers ADD COLUMN archived_at integer CHECK ((status = 'archived') = (archived_at IS NOT NULL));
ALTER TABLE customers ADD COLUMN team_id blob;

CREATE INDEX customers_by_status ON customers (organization_id, status, created_at)
    WHERE deleted_at IS NULL AND status <> 'active';
CREATE INDEX customers_by_team ON customers (organization_id, team_id, created_at)
    WHERE deleted_at IS NULL AND team_id IS NOT NULL;

-- 0 where the e-mail address is the customer's alone; else a number of the customer's own, so that others may have it, too.
ALTER TABLE customers ADD COLUMN email_share integer NOT NULL DEFAULT 0;
DROP INDEX customers_email;
CREATE UNIQUE INDEX customers_email ON customers (organization_id, email_key, email_share) WHERE deleted_at IS NULL;

CREATE TRIGGER customers_within_plan BEFORE INSERT ON customers WHEN new.deleted_at IS NULL
BEGIN
    SELECT raise(ABORT, 'the plan has no room for another customer') FROM plans
    WHERE organization_id = new.organization_id AND customers_max <= coalesce(
        (SELECT live FROM customer_counts WHERE organization_id = new.organization_id), 0
    );
END;
