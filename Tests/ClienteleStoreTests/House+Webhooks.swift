import ClienteleCore
import ClienteleTestSupport
import Testing

@testable import ClienteleStore

extension House {
    /// Who delivers in these tests.
    static let worker = Identifier<WebhookWorker>(high: 1, low: 1)

    func webhooks(_ dialect: Dialect = .polar) -> Webhooks {
        Webhooks(store: store, dialect: dialect, surroundings: clock.surroundings)
    }

    func makeEndpoint(_ dialect: Dialect = .polar) async throws -> WebhookEndpoint {
        let draft = WebhookDraft(
            url: try WebhookURL("https://example.com/hook", allowsPrivate: false),
            name: "Hook",
            events: ["customer.updated"]
        )
        let endpoint = try await webhooks(dialect).create(draft, in: a)
        _ = try await lease(House.worker)
        return endpoint
    }

    /// Takes what is free for ten seconds.
    func lease(_ worker: Identifier<WebhookWorker>) async throws -> Set<Organization.ID> {
        let now = clock.surroundings.now()
        return try await store.leaseWebhookQueues(to: worker, at: now, until: now.adding(seconds: 10))
    }

    /// Adds events of one customer, and gives those that are due.
    func makeEvents(
        _ count: Int = 1,
        for endpoint: WebhookEndpoint,
        about customer: Customer,
        tellsState: Bool = false
    ) async throws -> [WebhookEvent] {
        let state = try await store.webhookQueue(of: a, knowing: nil)
        var batch = WebhookBatch(organization: a, worker: House.worker, state: state, made: state.made)
        batch.events = (0..<count).map { number in
            NewWebhookEvent(
                id: clock.surroundings.newIdentifier(),
                endpoint: endpoint.id,
                lane: Identifier(high: customer.id.high, low: customer.id.low),
                kind: "customer.updated",
                sequence: state.made,
                stateVersion: customer.stateVersion,
                payload: "{\"number\":\(number)}"
            )
        }
        let now = clock.surroundings.now()
        if tellsState {
            batch.states = [
                NewWebhookState(endpoint: endpoint.id, customer: customer.id, sequence: state.made, at: now)
            ]
        }
        return try #require(try await store.add(batch, at: now))
    }

    func attempt(_ event: WebhookEvent, status: Int?, _ verdict: WebhookVerdict) -> WebhookAttempt {
        WebhookAttempt(
            id: clock.surroundings.newIdentifier(),
            event: event,
            answer: WebhookAnswer(status: status, text: "I was told \(event.payload ?? "nothing")"),
            verdict: verdict,
            at: clock.surroundings.now(),
            failuresMax: 2
        )
    }

    /// Settles one attempt, and gives the next event of its lane.
    func settle(_ event: WebhookEvent, status: Int?, _ verdict: WebhookVerdict) async throws -> WebhookEvent? {
        try await store.settle([attempt(event, status: status, verdict)], of: a).first
    }

    /// The deliveries of the organization, the newest first.
    func deliveries() async throws -> [WebhookDelivery] {
        try await store.webhookDeliveries(WebhookDeliveryQuery(organizations: [a], dialect: .polar)).items
    }
}
