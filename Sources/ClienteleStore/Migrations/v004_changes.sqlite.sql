-- Every change of an organization's data, written by the transaction that makes it. The sequence is what readers know: it counts
-- an organization's changes in the order of their commits, which the one writer keeps. The record is a row as an array of JSON;
-- null where it was erased.
CREATE TABLE changes (
    number          integer PRIMARY KEY,
    organization_id blob    NOT NULL REFERENCES organizations (id),
    sequence        integer NOT NULL,
    at              integer NOT NULL,
    kind            text    NOT NULL,
    customer_id     blob,
    state_version   integer,
    actor_id        blob,
    record          text,
    UNIQUE (organization_id, sequence)
);

CREATE INDEX changes_customer ON changes (organization_id, customer_id) WHERE customer_id IS NOT NULL;

-- Processes that deliver, each until its lease ends.
CREATE TABLE webhook_workers (
    id           blob    PRIMARY KEY NOT NULL,
    leased_until integer NOT NULL
);

-- How far an organization's changes were made into events. That is the business of one process at a time. The version grows with
-- every change of the endpoints.
CREATE TABLE webhook_queues (
    organization_id blob    PRIMARY KEY NOT NULL REFERENCES organizations (id),
    made            integer NOT NULL,
    version         integer NOT NULL,
    leased_by       blob
);

CREATE INDEX webhook_queues_leased ON webhook_queues (leased_by);

-- Where an organization's changes are sent to, from the one after `since` on. One that cannot be reached stays behind the others:
-- then `behind` is the last change that was made into events for it.
CREATE TABLE webhook_endpoints (
    organization_id blob    NOT NULL REFERENCES organizations (id),
    id              blob    NOT NULL,
    created_at      integer NOT NULL,
    modified_at     integer,
    deleted_at      integer,
    dialect         text    NOT NULL CHECK (dialect IN ('polar', 'kirim')),
    url             text    NOT NULL,
    name            text,
    format          text    NOT NULL CHECK (format IN ('raw', 'discord', 'slack')),
    events          text    NOT NULL,
    is_enabled      integer NOT NULL CHECK (is_enabled IN (0, 1)),
    since           integer NOT NULL,
    behind          integer,
    failures        integer NOT NULL DEFAULT 0,
    PRIMARY KEY (organization_id, id),
    CHECK (deleted_at IS NULL OR is_enabled = 0)
);

CREATE TABLE webhook_secrets (
    organization_id blob    NOT NULL,
    endpoint_id     blob    NOT NULL,
    id              blob    NOT NULL,
    secret          text    NOT NULL,
    created_at      integer NOT NULL,
    expires_at      integer,
    PRIMARY KEY (organization_id, endpoint_id, id),
    FOREIGN KEY (organization_id, endpoint_id) REFERENCES webhook_endpoints (organization_id, id)
);

-- What is, or was, to be sent to an endpoint. Events of one lane (a customer, or another record) are sent one after the other:
-- of those that are pending, only the first is due.
CREATE TABLE webhook_events (
    number          integer PRIMARY KEY,
    organization_id blob    NOT NULL,
    endpoint_id     blob    NOT NULL,
    id              blob    NOT NULL,
    lane            blob    NOT NULL,
    kind            text    NOT NULL,
    sequence        integer NOT NULL,
    state_version   integer,
    created_at      integer NOT NULL,
    modified_at     integer,
    payload         text,
    attempts        integer NOT NULL DEFAULT 0,
    is_pending      integer NOT NULL CHECK (is_pending IN (0, 1)),
    due_at          integer,
    succeeded       integer CHECK (succeeded IN (0, 1)),
    skipped         integer NOT NULL DEFAULT 0 CHECK (skipped IN (0, 1)),
    http_code       integer,
    FOREIGN KEY (organization_id, endpoint_id) REFERENCES webhook_endpoints (organization_id, id),
    CHECK (due_at IS NULL OR is_pending = 1)
);

CREATE UNIQUE INDEX webhook_events_id ON webhook_events (organization_id, id);
CREATE INDEX webhook_events_lane ON webhook_events (organization_id, lane);
CREATE INDEX webhook_events_due ON webhook_events (organization_id, endpoint_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_events_pending ON webhook_events (organization_id, endpoint_id, lane, number) WHERE is_pending = 1;
CREATE INDEX webhook_events_kept ON webhook_events (created_at) WHERE payload IS NOT NULL AND is_pending = 0;
CREATE INDEX webhook_events_old ON webhook_events (created_at) WHERE payload IS NULL;

-- Each attempt to send an event.
CREATE TABLE webhook_deliveries (
    number          integer PRIMARY KEY,
    organization_id blob    NOT NULL,
    id              blob    NOT NULL,
    endpoint_id     blob    NOT NULL,
    event_number    integer NOT NULL,
    created_at      integer NOT NULL,
    succeeded       integer NOT NULL CHECK (succeeded IN (0, 1)),
    http_code       integer,
    response        text,
    FOREIGN KEY (event_number) REFERENCES webhook_events (number)
);

CREATE INDEX webhook_deliveries_event ON webhook_deliveries (event_number);
CREATE INDEX webhook_deliveries_endpoint ON webhook_deliveries (organization_id, endpoint_id, number);

-- Customers whose state an endpoint is to be told, once they have been quiet for a while.
CREATE TABLE webhook_states (
    organization_id blob    NOT NULL,
    endpoint_id     blob    NOT NULL,
    customer_id     blob    NOT NULL,
    sequence        integer NOT NULL,
    first_at        integer NOT NULL,
    due_at          integer NOT NULL,
    PRIMARY KEY (organization_id, endpoint_id, customer_id),
    FOREIGN KEY (organization_id, endpoint_id) REFERENCES webhook_endpoints (organization_id, id)
);

CREATE INDEX webhook_states_due ON webhook_states (organization_id, due_at);
