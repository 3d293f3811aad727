CREATE TABLE organizations (
    id         blob    PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    name       text    NOT NULL CHECK (length(name) > 0),
    created_at integer NOT NULL
) WITHOUT ROWID;

-- A user's token has a row for each of its organizations.
CREATE TABLE access_tokens (
    organization_id blob    NOT NULL REFERENCES organizations (id),
    id              blob    NOT NULL CHECK (length(id) = 16),
    hash            blob    NOT NULL CHECK (length(hash) = 32),
    kind            text    NOT NULL CHECK (kind IN ('organization', 'user')),
    scopes          text    NOT NULL,
    created_at      integer NOT NULL,
    expires_at      integer,
    revoked_at      integer,
    PRIMARY KEY (organization_id, id)
) WITHOUT ROWID;

CREATE INDEX access_tokens_hash ON access_tokens (hash);

-- The columns that end in _key hold their text with the letter case folded, for uniqueness, search and order. The number is
-- for use inside only: it grows, so that what belongs to new customers lies together, which random ids would scatter.
CREATE TABLE customers (
    number             integer PRIMARY KEY,
    organization_id    blob    NOT NULL REFERENCES organizations (id),
    id                 blob    NOT NULL CHECK (length(id) = 16),
    created_at         integer NOT NULL,
    modified_at        integer,
    deleted_at         integer,
    anonymized_at      integer,
    kind               text    NOT NULL CHECK (kind IN ('individual', 'team')),
    email              text,
    email_key          text,
    email_verified     integer NOT NULL DEFAULT 0 CHECK (email_verified IN (0, 1)),
    external_id        text    CHECK (length(external_id) > 0),
    external_id_key    text,
    former_external_id text,
    name               text,
    name_key           text,
    billing_name       text,
    billing_name_key   text,
    line1              text,
    line2              text,
    postal_code        text,
    city               text,
    state              text,
    country            text,
    tax_id             text,
    tax_id_kind        text,
    locale             text,
    metadata           text    NOT NULL DEFAULT '{}',
    UNIQUE (organization_id, id),
    CHECK (kind = 'team' OR email IS NOT NULL),
    CHECK ((email IS NULL) = (email_key IS NULL)),
    CHECK ((tax_id IS NULL) = (tax_id_kind IS NULL)),
    CHECK (deleted_at IS NULL OR external_id IS NULL)
);

CREATE UNIQUE INDEX customers_email ON customers (organization_id, email_key) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX customers_external_id ON customers (organization_id, external_id) WHERE deleted_at IS NULL;
CREATE INDEX customers_external_id_key ON customers (organization_id, external_id_key)
    WHERE deleted_at IS NULL AND external_id_key IS NOT NULL;
CREATE INDEX customers_by_created_at ON customers (organization_id, created_at) WHERE deleted_at IS NULL;
CREATE INDEX customers_by_name ON customers (organization_id, name_key) WHERE deleted_at IS NULL;

-- How many live customers an organization has, so that a list need not count them.
CREATE TABLE customer_counts (
    organization_id blob    PRIMARY KEY NOT NULL REFERENCES organizations (id),
    live            integer NOT NULL CHECK (live >= 0)
) WITHOUT ROWID;

-- One row for each metadata pair of a live customer, for filters. The value is the text that a filter names.
CREATE TABLE customer_metadata (
    organization_id blob    NOT NULL,
    name            text    NOT NULL,
    value           text    NOT NULL,
    customer_number integer NOT NULL REFERENCES customers (number),
    PRIMARY KEY (organization_id, name, value, customer_number)
) WITHOUT ROWID;

CREATE TABLE members (
    organization_id blob    NOT NULL REFERENCES organizations (id),
    customer_number integer NOT NULL REFERENCES customers (number),
    id              blob    NOT NULL CHECK (length(id) = 16),
    created_at      integer NOT NULL,
    modified_at     integer,
    deleted_at      integer,
    email           text    NOT NULL,
    email_key       text    NOT NULL,
    name            text,
    external_id     text,
    role            text    NOT NULL CHECK (role IN ('owner', 'billing_manager', 'member')),
    PRIMARY KEY (organization_id, customer_number, id)
) WITHOUT ROWID;

CREATE UNIQUE INDEX members_email ON members (organization_id, customer_number, email_key) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX members_external_id ON members (organization_id, customer_number, external_id)
    WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX members_owner ON members (organization_id, customer_number)
    WHERE deleted_at IS NULL AND role = 'owner';
CREATE INDEX members_by_created_at ON members (organization_id, created_at, id) WHERE deleted_at IS NULL;

-- Search for any three characters of a live customer's folded texts.
CREATE VIRTUAL TABLE customers_search USING fts5 (
    email_key, name_key, billing_name_key,
    content = 'customers', content_rowid = 'number', columnsize = 0, tokenize = 'trigram case_sensitive 1'
);

-- Every commit adds a small segment to the index. Merging sixteen at a time, and not four, costs a search a little and saves
-- a write nearly half of its time.
INSERT INTO customers_search (customers_search, rank) VALUES ('automerge', 16);
INSERT INTO customers_search (customers_search, rank) VALUES ('crisismerge', 64);

CREATE TRIGGER customers_arrived AFTER INSERT ON customers WHEN new.deleted_at IS NULL
BEGIN
    INSERT INTO customers_search (rowid, email_key, name_key, billing_name_key)
    VALUES (new.number, new.email_key, new.name_key, new.billing_name_key);
    INSERT INTO customer_counts (organization_id, live) VALUES (new.organization_id, 1)
    ON CONFLICT (organization_id) DO UPDATE SET live = live + 1;
END;

CREATE TRIGGER customers_renamed AFTER UPDATE OF email_key, name_key, billing_name_key ON customers
WHEN old.deleted_at IS NULL AND new.deleted_at IS NULL AND (
    old.email_key IS NOT new.email_key OR old.name_key IS NOT new.name_key
    OR old.billing_name_key IS NOT new.billing_name_key
)
BEGIN
    INSERT INTO customers_search (customers_search, rowid, email_key, name_key, billing_name_key)
    VALUES ('delete', old.number, old.email_key, old.name_key, old.billing_name_key);
    INSERT INTO customers_search (rowid, email_key, name_key, billing_name_key)
    VALUES (new.number, new.email_key, new.name_key, new.billing_name_key);
END;

CREATE TRIGGER customers_left AFTER UPDATE OF deleted_at ON customers
WHEN old.deleted_at IS NULL AND new.deleted_at IS NOT NULL
BEGIN
    INSERT INTO customers_search (customers_search, rowid, email_key, name_key, billing_name_key)
    VALUES ('delete', old.number, old.email_key, old.name_key, old.billing_name_key);
    UPDATE customer_counts SET live = live - 1 WHERE organization_id = new.organization_id;
END;
