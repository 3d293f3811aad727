-- The API that a token is issued for, and by what its holder knows it.
ALTER TABLE access_tokens ADD COLUMN dialect text NOT NULL DEFAULT 'polar' CHECK (dialect IN ('polar', 'kirim'));
ALTER TABLE access_tokens ADD COLUMN label text;
ALTER TABLE access_tokens ADD COLUMN last_four text;

-- An organization's teams besides the default one, which has the organization's own id.
CREATE TABLE teams (
    organization_id uuid   NOT NULL REFERENCES organizations (id),
    id              uuid   NOT NULL,
    created_at      bigint NOT NULL,
    name            text   NOT NULL CHECK (length(name) > 0),
    PRIMARY KEY (organization_id, id)
);

-- What an organization may use; one without a row may use everything. Names of features are separated by spaces.
CREATE TABLE plans (
    organization_id uuid     PRIMARY KEY REFERENCES organizations (id),
    customers_max   bigint   CHECK (customers_max >= 0),
    withheld        text     NOT NULL,
    is_active       smallint NOT NULL CHECK (is_active IN (0, 1))
);

-- How many calls an organization may make a minute; null is no limit, and no row leaves it to the dialect.
CREATE TABLE call_limits (
    organization_id   uuid    PRIMARY KEY REFERENCES organizations (id),
    reads_per_minute  integer CHECK (reads_per_minute > 0),
    writes_per_minute integer CHECK (writes_per_minute > 0)
);

-- The buckets that all servers take calls from: when each will be full, in nanoseconds since 1970. Lost in a crash, they are
-- full, which does no harm.
CREATE UNLOGGED TABLE call_buckets (
    organization_id uuid   NOT NULL,
    kind            text   NOT NULL CHECK (kind IN ('read', 'write')),
    full_at         bigint NOT NULL,
    PRIMARY KEY (organization_id, kind)
) WITH (fillfactor = 50);

-- The answers to calls with idempotency keys, each kept with its call's effect. The subject is the customer whose data is in it.
CREATE TABLE answers (
    organization_id uuid   NOT NULL,
    key             text   COLLATE "C" NOT NULL,
    fingerprint     bytea  NOT NULL CHECK (length(fingerprint) = 32),
    answer          bytea  NOT NULL,
    created_at      bigint NOT NULL,
    subject_id      uuid,
    PRIMARY KEY (organization_id, key)
);

CREATE INDEX answers_by_created_at ON answers (created_at);
CREATE INDEX answers_by_subject ON answers (organization_id, subject_id) WHERE subject_id IS NOT NULL;

-- The secret of this installation that cursors are signed with.
CREATE TABLE cursor_keys (
    key bytea NOT NULL CHECK (length(key) = 32)
);

INSERT INTO cursor_keys (key)
VALUES (sha256(CAST(CAST(gen_random_uuid() AS text) || CAST(gen_random_uuid() AS text) AS bytea)));

-- Without a team a customer is of the default one.
ALTER TABLE customers ADD COLUMN status text NOT NULL DEFAULT 'active'
    CHECK (status IN ('pending', 'active', 'suspended', 'archived'));
ALTER TABLE customers ADD COLUMN archived_at bigint;
ALTER TABLE customers ADD CHECK ((status = 'archived') = (archived_at IS NOT NULL));
ALTER TABLE customers ADD COLUMN team_id uuid;

CREATE INDEX customers_by_status ON customers (organization_id, status, created_at, number)
    WHERE deleted_at IS NULL AND status <> 'active';
CREATE INDEX customers_by_team ON customers (organization_id, team_id, created_at, number)
    WHERE deleted_at IS NULL AND team_id IS NOT NULL;

-- 0 where the e-mail address is the customer's alone; else a number of the customer's own, so that others may have it, too.
ALTER TABLE customers ADD COLUMN email_share bigint NOT NULL DEFAULT 0;
DROP INDEX customers_email;
CREATE UNIQUE INDEX customers_email ON customers (organization_id, email_key, email_share) WHERE deleted_at IS NULL;

-- Where a plan has a limit, those who add customers take turns: each sees what those before it added. It comes before all else
-- that an insert waits for, so that nobody who has something waits for the plan.
CREATE FUNCTION refuse_customers_beyond_plan() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    room bigint;
BEGIN
    SELECT customers_max INTO room FROM plans
    WHERE organization_id = new.organization_id AND customers_max IS NOT NULL FOR NO KEY UPDATE;
    IF FOUND AND room <= (
        SELECT coalesce(sum(live), 0) FROM customer_counts WHERE organization_id = new.organization_id
    ) THEN
        RAISE EXCEPTION 'the plan has no room for another customer' USING ERRCODE = 'CQ001';
    END IF;
    RETURN new;
END $$;

CREATE TRIGGER customers_within_plan BEFORE INSERT ON customers FOR EACH ROW
    WHEN (new.deleted_at IS NULL) EXECUTE FUNCTION refuse_customers_beyond_plan();
