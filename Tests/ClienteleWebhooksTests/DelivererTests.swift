import ClienteleCore
import ClienteleServer
import ClienteleStore
import ClienteleTestSupport
import Logging
import Synchronization
import Testing

@testable import ClienteleWebhooks

/// Deliveries from the feed to a receiver, by a deliverer as the server runs it.
@Suite("A deliverer", .timeLimit(.minutes(1)))
struct DelivererTests {
    /// What one customer does arrives in order, also where the receiver refuses the first of it at first; others do not wait.
    @Test(arguments: [TestEngine.sqliteInMemory, .postgres])
    func keepsTheOrderOfACustomer(_ engine: TestEngine) async throws {
        let refusals = Mutex(1)
        try await withPost(engine, ["customer.created", "customer.updated"]) { request in
            let isFirst =
                request.contains("ada@example.com")
                && refusals.withLock { left in
                    defer { left = max(0, left - 1) }
                    return left > 0
                }
            return isFirst ? 500 : 200
        } _: { post in
            let ada = try await post.create("ada@example.com")
            for name in ["1", "2", "3"] { try await post.rename(ada, to: name) }
            let bob = try await post.create("bob@example.com")
            // The other customer does not wait for the second attempt, which the clock does not allow yet.
            let first = try await post.news(count: 2)
            #expect(first.count { $0.status == 500 && $0.body.contains(ada.id.text) } == 1)
            #expect(first.count { $0.status == 200 && $0.body.contains(bob.id.text) } == 1)
            try await post.waitForFailure()
            post.clock.pass(seconds: 60)
            let news = try await post.news(count: 4)
            #expect(news.allSatisfy { $0.status == 200 && $0.body.contains(ada.id.text) })
            #expect(news.map(\.sequence) == [2, 3, 4, 5])
            #expect(first.contains { $0.id == news[0].id } && Set(news.map(\.id)).count == 4)
        }
    }

    /// What was committed before a deliverer began, and what one left behind, is sent by the next.
    @Test(arguments: [TestEngine.sqliteInMemory, .postgres])
    func goesOnWhereAnotherEnded(_ engine: TestEngine) async throws {
        try await withPost(engine, ["customer.created"], isRunning: false) { _ in
            200
        } _: { post in
            try await post.create("ada@example.com")
            try await post.run {
                let news = try await post.news(count: 1)
                #expect(news.count == 1)
            }
            try await post.create("bob@example.com")
            try await post.run {
                // What was under way when the first one ended may come once more.
                var body = ""
                while !body.contains("bob@example.com") {
                    body = try #require(try await post.news(count: 1).first).body
                    #expect(body.contains("bob@example.com") || body.contains("ada@example.com"))
                }
            }
        }
    }

    /// Several changes within a second are told by one state, the last.
    @Test func tellsAStateOnceItIsQuiet() async throws {
        try await withPost(.standard, ["customer.state_changed"]) { _ in
            200
        } _: { post in
            let ada = try await post.create("ada@example.com")
            for name in ["1", "2", "3"] { try await post.rename(ada, to: name) }
            post.clock.pass(seconds: 1)
            let news = try await post.news(count: 1)
            #expect(news.count == 1 && news[0].body.contains(#""name":"3""#))
            #expect(news[0].body.contains(#""active_subscriptions":[]"#))
        }
    }

    /// An endpoint that refuses everything is left behind, and told of everything once it is back.
    @Test(arguments: [TestEngine.sqliteInMemory, .postgres])
    func catchesUpWithWhatWasMissed(_ engine: TestEngine) async throws {
        let isUp = Mutex(false)
        try await withPost(engine, ["customer.created"]) { _ in
            isUp.withLock { $0 } ? 200 : 500
        } _: { post in
            for number in 0..<150 { try await post.create("early\(number)@example.com") }
            try await post.waitUntilBehind()
            for number in 0..<50 { try await post.create("late\(number)@example.com") }
            isUp.withLock { $0 = true }
            await withTaskGroup(of: Void.self) { group in
                // What failed is due again only later.
                group.addTask {
                    while !Task.isCancelled {
                        post.clock.pass(seconds: 60)
                        try? await Task.sleep(for: .milliseconds(10))
                    }
                }
                var told: Set<String> = []
                for await news in post.arrivals where news.status == 200 {
                    told.insert(news.body)
                    if told.count == 200 { break }
                }
                #expect(told.count == 200)
                group.cancelAll()
            }
        }
    }

    /// An endpoint is told of nothing that was before it, and of nothing that happens while it is turned off.
    @Test func tellsWhatHappensWhileItIsOn() async throws {
        try await withPost(.standard, ["customer.created"], early: ["early@example.com"]) { _ in
            200
        } _: { post in
            try await post.create("first@example.com")
            #expect(try await post.news(count: 1)[0].body.contains("first@example.com"))
            try await post.turn(on: false)
            try await post.create("unheard@example.com")
            try await post.turn(on: true)
            try await post.create("last@example.com")
            #expect(try await post.news(count: 1)[0].body.contains("last@example.com"))
        }
    }
}

/// One organization, one endpoint, one receiver.
private struct Post: Sendable {
    struct News: Sendable {
        let status: Int
        let request: String

        var body: String { request.split(separator: "\r\n\r\n").last.map(String.init) ?? "" }
        var sequence: Int? { header("x-clientele-sequence").flatMap { Int($0) } }
        var id: String? { header("webhook-id") }

        private func header(_ name: String) -> String? {
            request.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name + ":") }
                .map { $0.dropFirst(name.count + 1).trimmingPrefix(" ") }.map(String.init)
        }
    }

    let store: SQLStore
    let clock: TestSurroundings
    let organization: Organization.ID
    let endpoint: WebhookEndpoint.ID
    let arrivals: AsyncStream<News>

    private var customers: Customers { Customers(store: store, surroundings: clock.surroundings) }

    @discardableResult func create(_ email: String) async throws -> Customer {
        try await customers.create(CustomerDraft(email: try EmailAddress(email)), in: organization)
    }

    func rename(_ customer: Customer, to name: String) async throws {
        _ = try await customers.update(.id(customer.id), in: [organization], by: CustomerPatch(name: .set(name)))
    }

    func turn(on isOn: Bool) async throws {
        var patch = WebhookPatch()
        patch.isEnabled = isOn
        _ = try await Webhooks(store: store, dialect: .polar, allowsPrivate: true, surroundings: clock.surroundings)
            .update(endpoint, in: [organization], by: patch)
    }

    /// Waits until it has been noted that an attempt failed.
    func waitForFailure() async throws {
        let ever = Timestamp(microseconds: .max)
        while try await store.dueWebhookEvents(of: endpoint, in: organization, at: ever, limit: 100)
            .allSatisfy({ $0.attempts == 0 })
        { await Task.yield() }
    }

    /// Waits until nothing more is made for the endpoint.
    func waitUntilBehind() async throws {
        while try await store.webhookQueue(of: organization, knowing: nil).endpoints.first?.behind == nil {
            await Task.yield()
        }
    }

    /// Waits for so many deliveries.
    func news(count: Int) async throws -> [News] {
        var news: [News] = []
        for await arrival in arrivals {
            news.append(arrival)
            if news.count == count { break }
        }
        return news
    }

    /// Runs `body` beside a deliverer.
    func run(_ body: @escaping @Sendable () async throws -> Void) async throws {
        let deliverer = WebhookDeliverer(
            store: store,
            dialects: webhookDialects,
            allowsPrivate: true,
            surroundings: clock.surroundings,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await deliverer.run() }
            try await body()
            group.cancelAll()
        }
    }
}

private func withPost(
    _ engine: TestEngine,
    _ events: [String],
    early: [String] = [],
    isRunning: Bool = true,
    _ answer: @escaping @Sendable (_ request: String) -> Int,
    _ body: @escaping @Sendable (Post) async throws -> Void
) async throws {
    let (arrivals, arrival) = AsyncStream.makeStream(of: Post.News.self)
    let receiver = try await Receiver { request in
        let status = answer(request)
        arrival.yield(Post.News(status: status, request: request))
        return .bytes("HTTP/1.1 \(status) X\r\ncontent-length: 0\r\n\r\n")
    }
    let clock = TestSurroundings()
    try await withStore(engine) { opened in
        let store = SQLStore(engine: opened.engine, surroundings: clock.surroundings)
        let organization = try await Organizations(store: store, surroundings: clock.surroundings).create(name: "A").id
        for email in early {
            _ = try await Customers(store: store, surroundings: clock.surroundings)
                .create(CustomerDraft(email: try EmailAddress(email)), in: organization)
        }
        let url = try WebhookURL("http://127.0.0.1:\(receiver.port)/hook", allowsPrivate: true)
        let endpoint = try await Webhooks(
            store: store,
            dialect: .polar,
            allowsPrivate: true,
            surroundings: clock.surroundings
        ).create(WebhookDraft(url: url, name: nil, events: events), in: organization)
        let post = Post(
            store: store,
            clock: clock,
            organization: organization,
            endpoint: endpoint.id,
            arrivals: arrivals
        )
        if isRunning { try await post.run { try await body(post) } } else { try await body(post) }
    }
    await receiver.close()
}
