-- Grows with every change of a customer, of its members and of what it holds. That of a new customer starts from the moment of
-- its creation, so that who gets a deleted customer's external id never has a version that the other had; of those that are
-- there already it starts from 0.
ALTER TABLE customers ADD COLUMN state_version bigint NOT NULL DEFAULT 0;
ALTER TABLE customers ADD COLUMN first_user_event_at bigint;

-- The prices, archived ones too, are an array of JSON. The columns after them are those of the price that is shown first.
CREATE TABLE products (
    organization_id    uuid NOT NULL,
    id                 uuid NOT NULL,
    created_at         bigint NOT NULL,
    modified_at        bigint,
    name               text NOT NULL,
    description        text,
    visibility         text NOT NULL CHECK (visibility IN ('draft', 'private', 'public')),
    recurring_interval text CHECK (recurring_interval IN ('day', 'week', 'month', 'year')),
    recurring_count    bigint,
    trial_interval     text CHECK (trial_interval IN ('day', 'week', 'month', 'year')),
    trial_count        bigint,
    meter_interval     text CHECK (meter_interval IN ('day', 'week', 'month', 'year')),
    meter_count        bigint,
    is_archived        smallint NOT NULL CHECK (is_archived IN (0, 1)),
    metadata           text NOT NULL,
    prices             text NOT NULL,
    price_type         text,
    price_amount       bigint,
    name_key           text COLLATE "C" NOT NULL,
    PRIMARY KEY (organization_id, id)
);

-- The properties are an object of JSON, of a shape of their kind. The key is the pair of that name in the metadata.
CREATE TABLE benefits (
    organization_id uuid NOT NULL,
    id              uuid NOT NULL,
    created_at      bigint NOT NULL,
    modified_at     bigint,
    deleted_at      bigint,
    kind            text NOT NULL,
    description     text NOT NULL,
    visibility      text NOT NULL CHECK (visibility IN ('public', 'private')),
    metadata        text NOT NULL,
    properties      text NOT NULL,
    description_key text COLLATE "C" NOT NULL,
    key             text COLLATE "C",
    PRIMARY KEY (organization_id, id)
);

CREATE INDEX benefits_key ON benefits (organization_id, key) WHERE deleted_at IS NULL AND key IS NOT NULL;

CREATE TABLE product_benefits (
    organization_id uuid NOT NULL,
    product_id      uuid NOT NULL,
    position        bigint NOT NULL,
    benefit_id      uuid NOT NULL,
    PRIMARY KEY (organization_id, product_id, position),
    FOREIGN KEY (organization_id, product_id) REFERENCES products (organization_id, id),
    FOREIGN KEY (organization_id, benefit_id) REFERENCES benefits (organization_id, id)
);

CREATE INDEX product_benefits_benefit ON product_benefits (organization_id, benefit_id);

-- The filter and the aggregation are objects of JSON.
CREATE TABLE meters (
    organization_id   uuid NOT NULL,
    id                uuid NOT NULL,
    created_at        bigint NOT NULL,
    modified_at       bigint,
    archived_at       bigint,
    name              text NOT NULL,
    unit              text NOT NULL CHECK (unit IN ('scalar', 'token', 'custom')),
    custom_label      text,
    custom_multiplier bigint,
    filter            text NOT NULL,
    aggregation       text NOT NULL,
    metadata          text NOT NULL,
    name_key          text COLLATE "C" NOT NULL,
    key               text COLLATE "C",
    PRIMARY KEY (organization_id, id)
);

-- One row for each metadata pair of a product, a benefit, a meter or a subscription, for filters.
CREATE TABLE record_metadata (
    organization_id uuid NOT NULL,
    record_id       uuid NOT NULL,
    name            text COLLATE "C" NOT NULL,
    value           text NOT NULL,
    PRIMARY KEY (organization_id, record_id, name)
);

-- Due is the end of the period of a subscription in force, and nothing else: then something happens to it by itself.
CREATE TABLE subscriptions (
    organization_id       uuid NOT NULL,
    customer_number       bigint NOT NULL,
    id                    uuid NOT NULL,
    created_at            bigint NOT NULL,
    modified_at           bigint,
    product_id            uuid NOT NULL,
    prices                text NOT NULL,
    amount                bigint NOT NULL,
    currency              text NOT NULL,
    status                text NOT NULL,
    interval_unit         text NOT NULL CHECK (interval_unit IN ('day', 'week', 'month', 'year')),
    interval_count        bigint NOT NULL CHECK (interval_count > 0),
    anchor                bigint NOT NULL,
    periods_ended         bigint NOT NULL,
    current_period_start  bigint NOT NULL,
    current_period_end    bigint NOT NULL,
    trial_start           bigint,
    trial_end             bigint,
    cancels_at_period_end smallint NOT NULL CHECK (cancels_at_period_end IN (0, 1)),
    canceled_at           bigint,
    started_at            bigint,
    ends_at               bigint,
    ended_at              bigint,
    cancellation_reason   text,
    cancellation_comment  text,
    metadata              text NOT NULL,
    due_at                bigint,
    PRIMARY KEY (organization_id, customer_number, id),
    FOREIGN KEY (organization_id, product_id) REFERENCES products (organization_id, id),
    CHECK ((status IN ('active', 'trialing')) = (due_at IS NOT NULL)),
    CHECK (due_at IS NULL OR due_at = current_period_end)
);

CREATE UNIQUE INDEX subscriptions_id ON subscriptions (organization_id, id);
CREATE INDEX subscriptions_due ON subscriptions (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX subscriptions_due_of_organization ON subscriptions (organization_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX subscriptions_by_start ON subscriptions (organization_id, started_at, id);
CREATE INDEX subscriptions_product ON subscriptions (organization_id, product_id);

CREATE TABLE benefit_grants (
    organization_id uuid NOT NULL,
    customer_number bigint NOT NULL,
    id              uuid NOT NULL,
    benefit_id      uuid NOT NULL,
    subscription_id uuid NOT NULL,
    member_id       uuid,
    created_at      bigint NOT NULL,
    modified_at     bigint,
    granted_at      bigint,
    revoked_at      bigint,
    properties      text NOT NULL,
    PRIMARY KEY (organization_id, customer_number, id),
    FOREIGN KEY (organization_id, benefit_id) REFERENCES benefits (organization_id, id),
    CHECK ((granted_at IS NULL) <> (revoked_at IS NULL))
);

CREATE UNIQUE INDEX benefit_grants_source
    ON benefit_grants (organization_id, customer_number, subscription_id, benefit_id);
CREATE INDEX benefit_grants_benefit ON benefit_grants (organization_id, benefit_id, created_at);
CREATE INDEX benefit_grants_by_created_at ON benefit_grants (organization_id, created_at, id);

-- What a customer has used since the last reset. Consumed is what the function makes of the columns before it.
CREATE TABLE customer_meters (
    organization_id uuid NOT NULL,
    customer_number bigint NOT NULL,
    meter_id        uuid NOT NULL,
    id              uuid NOT NULL,
    created_at      bigint NOT NULL,
    modified_at     bigint,
    reset_at        bigint,
    function        text NOT NULL,
    events          bigint NOT NULL,
    total           double precision NOT NULL,
    total_rest      double precision NOT NULL,
    smallest        double precision,
    largest         double precision,
    different       bigint NOT NULL,
    consumed        double precision NOT NULL,
    credited        bigint NOT NULL CHECK (credited >= 0),
    PRIMARY KEY (organization_id, customer_number, meter_id),
    FOREIGN KEY (organization_id, meter_id) REFERENCES meters (organization_id, id)
);

CREATE UNIQUE INDEX customer_meters_id ON customer_meters (organization_id, id);
CREATE INDEX customer_meters_by_modified_at ON customer_meters (organization_id, modified_at);

-- The different values that a customer's events had since the last reset, for meters that count them.
CREATE TABLE customer_meter_values (
    organization_id uuid NOT NULL,
    customer_number bigint NOT NULL,
    meter_id        uuid NOT NULL,
    value           text COLLATE "C" NOT NULL,
    PRIMARY KEY (organization_id, customer_number, meter_id, value)
);

-- An event of an external id that no customer has waits without a number. It is never changed but for that.
CREATE TABLE events (
    number               bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    organization_id      uuid NOT NULL,
    id                   uuid NOT NULL,
    timestamp            bigint NOT NULL,
    name                 text NOT NULL,
    source               text NOT NULL CHECK (source IN ('system', 'user')),
    customer_number      bigint,
    external_customer_id text COLLATE "C",
    external_id          text COLLATE "C",
    parent_id            uuid,
    metadata             text NOT NULL,
    PRIMARY KEY (organization_id, number)
);

CREATE UNIQUE INDEX events_id ON events (organization_id, id);
CREATE UNIQUE INDEX events_external_id ON events (organization_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX events_by_timestamp ON events (organization_id, timestamp);
CREATE INDEX events_customer ON events (organization_id, customer_number, timestamp) WHERE customer_number IS NOT NULL;
CREATE INDEX events_waiting ON events (organization_id, external_customer_id) WHERE customer_number IS NULL;
CREATE INDEX events_parent ON events (organization_id, parent_id) WHERE parent_id IS NOT NULL;

-- The external ids whose events wait for a customer, with the first event's moment.
CREATE TABLE waiting_events (
    organization_id      uuid NOT NULL,
    external_customer_id text COLLATE "C" NOT NULL,
    first_at             bigint NOT NULL,
    PRIMARY KEY (organization_id, external_customer_id)
);
