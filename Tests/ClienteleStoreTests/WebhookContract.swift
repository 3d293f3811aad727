import ClienteleCore
import ClienteleTestSupport
import Testing

@testable import ClienteleStore

/// What holds of events that are to be sent, on every engine.
@Suite("Any store keeps what is to be sent")
struct WebhookContract {
    /// Of a lane's events one is due at a time, and the next when that has ended.
    @Test(arguments: TestEngine.allCases)
    func letsOneOfALaneBeSentAtATime(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let ada = try await house.create("ada@example.com")
            let endpoint = try await house.makeEndpoint()
            let due = try await house.makeEvents(3, for: endpoint, about: ada)
            let first = try #require(due.first)
            #expect(due.count == 1 && first.payload == #"{"number":0}"#)
            #expect(try await house.settle(first, status: 500, .retry(afterSeconds: 5)) == nil)
            #expect(try await house.due(endpoint).isEmpty)
            house.clock.pass(seconds: 6)
            let again = try #require(try await house.due(endpoint).first)
            #expect(again.number == first.number && again.attempts == 1)
            let second = try await house.settle(again, status: 200, .done)
            #expect(second?.payload == #"{"number":1}"#)
        }
    }

    /// Attempts that are settled together go each its own way.
    @Test(arguments: TestEngine.allCases)
    func settlesManyAtOnce(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let endpoints = [try await house.makeEndpoint(), try await house.makeEndpoint()]
            var first: [WebhookEvent] = []
            for number in 0..<40 {
                let customer = try await house.create("c\(number)@example.com")
                first += try await house.makeEvents(2, for: endpoints[number % 2], about: customer)
            }
            #expect(first.count == 40)
            let attempts = first.enumerated().map { index, event in
                house.attempt(event, status: 200, index < 4 ? .retry(afterSeconds: 5) : .done)
            }
            let next = try await house.store.settle(attempts, of: house.a)
            #expect(Set(next.map(\.lane)) == Set(first[4...].map(\.lane)) && next.count == 36)
            #expect(next.allSatisfy { $0.payload == #"{"number":1}"# && $0.dueAt != nil })
            #expect(try await house.due(endpoints[0]).count == 18)
            #expect(try await house.settle(first[5], status: 200, .done) == nil)
        }
    }

    /// An attempt that ends after its event was skipped counts for nothing: neither as a failure nor for the next event.
    @Test(arguments: TestEngine.allCases)
    func countsNoAttemptThatIsOver(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let ada = try await house.create("ada@example.com")
            let endpoint = try await house.makeEndpoint()
            let event = try #require(try await house.makeEvents(2, for: endpoint, about: ada).first)
            for isEnabled in [false, true] {
                var patch = WebhookPatch()
                patch.isEnabled = isEnabled
                _ = try await house.webhooks().update(endpoint.id, in: [house.a], by: patch)
            }
            for _ in 0..<2 {
                #expect(try await house.settle(event, status: 500, .failed) == nil)
            }
            #expect(try await house.webhooks().endpoint(endpoint.id, in: [house.a]).isEnabled)
            #expect(try await house.deliveries().map(\.event.isSkipped) == [true, true])
        }
    }

    /// As many events that fail one after the other as the dialect says turn their endpoint off.
    @Test(arguments: TestEngine.allCases)
    func turnsAnEndpointOffThatFails(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let ada = try await house.create("ada@example.com")
            let endpoint = try await house.makeEndpoint()
            let first = try #require(try await house.makeEvents(3, for: endpoint, about: ada).first)
            let second = try #require(try await house.settle(first, status: 500, .failed))
            #expect(try await house.webhooks().endpoint(endpoint.id, in: [house.a]).isEnabled)
            #expect(try await house.settle(second, status: 500, .failed) == nil)
            #expect(try await house.webhooks().endpoint(endpoint.id, in: [house.a]).isEnabled == false)
        }
    }

    /// Nothing is left of what an erased customer's webhooks said, nor of what was answered, be it later.
    @Test(arguments: TestEngine.allCases)
    func erasesWhatWasSent(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let ada = try await house.create("ada@example.com")
            let bob = try await house.create("bob@example.com")
            let endpoint = try await house.makeEndpoint()
            let event = try #require(try await house.makeEvents(for: endpoint, about: ada).first)
            let other = try #require(try await house.makeEvents(for: endpoint, about: bob).first)
            for event in [event, other] {
                _ = try await house.settle(event, status: 500, .retry(afterSeconds: 1))
            }
            try await house.delete(ada, anonymize: true)
            _ = try await house.settle(event, status: 200, .done)
            let deliveries = try await house.deliveries()
            #expect(deliveries.map(\.response) == [nil, #"I was told {"number":0}"#, nil])
            #expect(deliveries.map(\.event.payload) == [nil, #"{"number":0}"#, nil])
        }
    }

    /// What was made of a customer who is erased meanwhile is not added.
    @Test(arguments: TestEngine.allCases)
    func addsNothingThatWasMadeBeforeAnErasure(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let ada = try await house.create("ada@example.com")
            _ = try await house.makeEndpoint()
            let state = try await house.store.webhookQueue(of: house.a, knowing: nil)
            let batch = WebhookBatch(organization: house.a, worker: House.worker, state: state, made: state.made)
            try await house.delete(ada, anonymize: true)
            #expect(try await house.store.add(batch, at: house.clock.surroundings.now()) == nil)
        }
    }

    /// What is old is let go: first what was said and answered, later that it was; what still waits is kept.
    @Test(arguments: TestEngine.allCases)
    func letsOldEventsGo(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let ada = try await house.create("ada@example.com")
            let bob = try await house.create("bob@example.com")
            let endpoint = try await house.makeEndpoint()
            let event = try #require(try await house.makeEvents(for: endpoint, about: ada).first)
            _ = try await house.settle(event, status: 200, .done)
            let waiting = try #require(try await house.makeEvents(for: endpoint, about: bob).first)
            _ = try await house.settle(waiting, status: 500, .retry(afterSeconds: 1))
            let retention = Retention(store: house.store, surroundings: house.clock.surroundings, days: 90)
            house.clock.pass(seconds: 89 * 86_400)
            #expect(try await retention.forgetSome() == false)
            #expect(try await house.deliveries().allSatisfy { $0.response != nil && $0.event.payload != nil })
            house.clock.pass(seconds: 2 * 86_400)
            #expect(try await retention.forgetSome() == false)
            #expect(try await house.deliveries().map(\.response) == [#"I was told {"number":0}"#, nil])
            house.clock.pass(seconds: 275 * 86_400)
            #expect(try await retention.forgetSome() == false)
            #expect(try await house.deliveries().map(\.event.number) == [waiting.number])
        }
    }

    /// An organization is one worker's until that one no longer says that it lives, or lets it go.
    @Test(arguments: TestEngine.allCases)
    func isOneWorkersAtATime(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let second = Identifier<WebhookWorker>(high: 2, low: 2)
            #expect(try await house.lease(House.worker).isEmpty)
            _ = try await house.makeEndpoint()
            #expect(try await house.lease(House.worker) == [house.a])
            #expect(try await house.lease(second).isEmpty)
            house.clock.pass(seconds: 9)
            #expect(try await house.lease(House.worker) == [house.a])
            house.clock.pass(seconds: 9)
            #expect(try await house.lease(second).isEmpty)
            house.clock.pass(seconds: 2)
            #expect(try await house.lease(second) == [house.a])
            #expect(try await house.lease(House.worker).isEmpty)
            try await house.store.releaseWebhookQueues(of: second)
            #expect(try await house.lease(House.worker) == [house.a])
        }
    }

    /// There is no more room than for so many endpoints, until one is deleted.
    @Test func hasRoomForSoManyEndpoints() async throws {
        try await withHouse(.standard) { house in
            var last = try await house.makeEndpoint()
            for _ in 1..<Webhooks.endpointsMax { last = try await house.makeEndpoint() }
            await #expect(throws: DomainError.self) { try await house.makeEndpoint() }
            try await house.webhooks().delete(last.id, in: [house.a])
            _ = try await house.makeEndpoint(.kirim)
        }
    }

    /// Who delivers is told where there is news, and nothing of the organizations of others.
    @Test(arguments: TestEngine.allCases)
    func tellsWhereThereIsNews(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let ada = try await house.create("ada@example.com")
            let endpoint = try await house.makeEndpoint()
            func news() async throws -> [Bool] {
                try await house.store.webhookNews(of: House.worker, at: house.clock.surroundings.now())
                    .map(\.hasChanges)
            }
            #expect(try await news() == [false])
            try await house.create("elsewhere@example.com", in: house.b)
            #expect(try await news() == [false])
            _ = try await house.makeEvents(for: endpoint, about: ada, tellsState: true)
            #expect(try await news() == [false])
            house.clock.pass(seconds: 1)
            #expect(try await news() == [true])
            try await house.store.leaveBehind([endpoint.id], of: house.a, by: House.worker)
            #expect(try await news() == [false])
            try await house.create("bob@example.com")
            #expect(try await news() == [true])
            try await house.store.releaseWebhookQueues(of: House.worker)
            #expect(try await news() == [])
        }
    }
}

extension House {
    fileprivate func due(_ endpoint: WebhookEndpoint) async throws -> [WebhookEvent] {
        try await store.dueWebhookEvents(of: endpoint.id, in: a, at: clock.surroundings.now(), limit: 100)
    }
}
