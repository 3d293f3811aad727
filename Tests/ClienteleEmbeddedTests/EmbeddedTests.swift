import ClienteleCore
import ClienteleEmbedded
import ClienteleStore
import ClienteleTestSupport
import Foundation
import Testing

@Suite struct EmbeddedTests {
    @Test func answersTheCallsOfAServer() async throws {
        try await withClient(.memory) { client in
            let made = try await client.customers.create(CustomerCreate(email: "ada@example.com", externalID: "user_1"))
            #expect(try await client.customers.get(made.id).email == "ada@example.com")
            let state = try await client.customers.getStateExternal("user_1")
            #expect(state.id == made.id)
            #expect(state.activeSubscriptions.isEmpty)
            #expect(try await client.emails == ["ada@example.com"])
            try await client.customers.delete(made.id)
            #expect(try await client.emails == [])
        }
    }

    @Test func failsAsAServerDoes() async throws {
        try await withClient(.memory) { client in
            _ = try await client.customers.create(CustomerCreate(email: "ada@example.com"))
            await #expect { try await client.customers.create(CustomerCreate(email: "ADA@example.com")) } throws: {
                guard case .validation(let items, let response) = $0 as? ClienteleError else { return false }
                return items.map(\.path) == ["body.email"] && response.status == 422
            }
            await #expect { try await client.customers.get(UUID()) } throws: {
                guard case .notFound = $0 as? ClienteleError else { return false }
                return true
            }
        }
    }

    @Test func keepsInAFolderWhatAnotherClientSees() async throws {
        try await withFolder { folder in
            try await withClient(.folder(folder)) {
                _ = try await $0.customers.create(CustomerCreate(email: "ada@example.com"))
            }
            try await withClient(.folder(folder)) { first in
                #expect(try await first.emails == ["ada@example.com"])
                try await withClient(.folder(folder)) { second in
                    _ = try await second.customers.create(CustomerCreate(email: "bob@example.com"))
                }
                #expect(try await Set(first.emails) == ["ada@example.com", "bob@example.com"])
            }
        }
    }

    @Test func addsNoTokenToTheData() async throws {
        try await withFolder { folder in
            try await withClient(.folder(folder)) {
                _ = try await $0.customers.create(CustomerCreate(email: "ada@example.com"))
            }
            try await withStore(at: .folder(folder)) { store in
                let tokens = try await AccessTokens(store: store).list()
                #expect(tokens.isEmpty)
                let organizations = try await Organizations(store: store).list()
                #expect(organizations.map(\.name) == ["My organization"])
            }
        }
    }

    @Test func revokesATokenThatOnlyThisProcessKnows() async throws {
        try await withStore(.sqliteInMemory) { store in
            let organization = try await Organizations(store: store).create(name: "A").id
            let tokens = AccessTokens(store: store)
            let (token, secret) = try await tokens.createInMemory(for: organization, scopes: [.customersRead])
            guard case .usable(let caller) = try await tokens.check(secret: secret.text) else {
                Issue.record("The token should be usable.")
                return
            }
            #expect(caller.token == token)
            guard case .unknown = try await AccessTokens(store: store).check(secret: secret.text) else {
                Issue.record("Another process should not know the token.")
                return
            }
            try await tokens.revoke(token.id)
            guard case .unknown = try await tokens.check(secret: secret.text) else {
                Issue.record("The token should be gone.")
                return
            }
        }
    }

    @Test func wantsANameAmongSeveralOrganizations() async throws {
        try await withFolder { folder in
            let ids = try await organizations(named: ["A", "B"], in: folder)
            await #expect(
                throws: EmbeddedError.severalOrganizations([
                    .init(id: ids[0], name: "A"), .init(id: ids[1], name: "B"),
                ])
            ) {
                try await withClient(.folder(folder)) { _ in }
            }
            try await withClient(.folder(folder), organization: ids[0]) {
                _ = try await $0.customers.create(CustomerCreate(email: "ada@example.com"))
            }
            try await withClient(.folder(folder), organization: ids[1]) { client in
                let emails = try await client.emails
                #expect(emails.isEmpty)
            }
            let unknown = UUID()
            await #expect(throws: EmbeddedError.unknownOrganization(unknown)) {
                try await withClient(.folder(folder), organization: unknown) { _ in }
            }
        }
    }

    @Test func saysWhyDataCannotBeOpened() async throws {
        await #expect {
            try await withClient(.folder("/dev/null/data")) { _ in }
        } throws: {
            guard case .unusableData(let reason) = $0 as? EmbeddedError else { return false }
            return reason.hasPrefix("The data folder /dev/null/data cannot be written to")
        }
    }

    @Test func heedsThePlanOfTheOrganization() async throws {
        try await withFolder { folder in
            let id = try await organizations(named: ["A"], in: folder)[0]
            try await withStore(at: .folder(folder)) { store in
                let organization = try #require(Organization.ID(id.uuidString))
                try await Policies(store: store).setPlan(Plan(withheld: [.products]), of: organization)
            }
            try await withClient(.folder(folder)) { client in
                let emails = try await client.emails
                #expect(emails.isEmpty)
                await #expect { try await client.products.list().page() } throws: {
                    guard case .notEntitled = $0 as? ClienteleError else { return false }
                    return true
                }
            }
        }
    }
}

/// What takes its time, and what many do at once.
@Suite struct EmbeddedTimeTests {
    @Test func manyAtOnceAllSucceed() async throws {
        try await withFolder { folder in
            try await withClient(.folder(folder)) { client in
                let count = 200
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<count {
                        group.addTask {
                            let made = try await client.customers.create(
                                CustomerCreate(email: "user\(number)@example.com")
                            )
                            #expect(try await client.customers.get(made.id).id == made.id)
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(try await client.customers.list(limit: 1).page().totalCount == count)
            }
        }
    }

    @Test func exportsInPieces() async throws {
        try await withClient(.memory) { client in
            _ = try await client.customers.create(CustomerCreate(email: "ada@example.com"))
            let bytes = try await client.customers.export().collect(upTo: 1 << 20)
            let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")
            #expect(lines.count == 3)
            #expect(lines[0].hasPrefix("ID,External ID,"))
            #expect(lines[1].contains(",ada@example.com,"))
            // An export that nobody reads keeps nothing from ending.
            _ = try await client.customers.export()
        }
    }

    @Test func waitsForAVersion() async throws {
        try await withClient(.memory) { client in
            let made = try await client.customers.create(CustomerCreate(email: "ada@example.com"))
            let version = try #require(made.stateVersion)
            async let awaited = client.customers.getState(made.id, minVersion: version + 1, wait: .seconds(20))
            _ = try await client.customers.update(made.id, CustomerUpdate(name: "Ada"))
            #expect(try await awaited.name == "Ada")
        }
    }

    /// A wait that went on would end after a minute, with another error.
    @Test func stopsWaitingWithItsCaller() async throws {
        let begun = AsyncStream<Void>.makeStream()
        let configuration = ClienteleClient.Configuration(middlewares: [Notice(begun.continuation)])
        let client = try await ClienteleClient(embedded: .memory, configuration: configuration)
        let made = try await client.customers.create(CustomerCreate(email: "ada@example.com"))
        let waiting = Task {
            try await client.customers.getState(made.id, minVersion: .max, wait: .seconds(60))
        }
        for await _ in begun.stream { break }
        waiting.cancel()
        await #expect { try await waiting.value } throws: {
            guard case .cancelled = $0 as? ClienteleError else { return false }
            return true
        }
        try await client.shutdown()
    }

    @Test func waitsNoLongerThanTheCallMayTake() async throws {
        try await withClient(.memory) { client in
            let made = try await client.customers.create(CustomerCreate(email: "ada@example.com"))
            let options = RequestOptions(timeout: .milliseconds(50))
            await #expect {
                try await client.customers.getState(made.id, minVersion: .max, wait: .seconds(60), options: options)
            } throws: {
                guard case .transport(TransportFailure.timedOut) = $0 as? ClienteleError else { return false }
                return true
            }
        }
    }

    @Test func endsOnceAndForAll() async throws {
        let client = try await ClienteleClient(embedded: .memory, configuration: .init(retry: .none))
        async let once: Void = client.shutdown()
        async let again: Void = client.shutdown()
        _ = try await (once, again)
        try await client.shutdown()
        await #expect { try await client.customers.get(UUID()) } throws: {
            guard case .transport(TransportFailure.shutDown) = $0 as? ClienteleError else { return false }
            return true
        }
    }
}

/// Runs `body` with a client that tries every call once, and shuts it down.
private func withClient(
    _ location: EmbeddedLocation,
    organization: UUID? = nil,
    _ body: (ClienteleClient) async throws -> Void
) async throws {
    let client = try await ClienteleClient(
        embedded: location,
        organization: organization,
        configuration: .init(retry: .none)
    )
    do {
        try await body(client)
    } catch {
        try? await client.shutdown()
        throw error
    }
    try await client.shutdown()
}

/// Makes organizations in the data of a folder, and gives their ids.
private func organizations(named names: [String], in folder: String) async throws -> [UUID] {
    var ids: [UUID] = []
    try await withStore(at: .folder(folder)) { store in
        for name in names {
            let organization = try await Organizations(store: store).create(name: name)
            ids.append(try #require(UUID(uuidString: organization.id.text)))
        }
    }
    return ids
}

extension ClienteleClient {
    /// The addresses of all customers.
    fileprivate var emails: [String] {
        get async throws {
            var emails: [String] = []
            for try await customer in customers.list() { emails.append(customer.email ?? "") }
            return emails
        }
    }
}

/// Tells when a read is on its way.
private struct Notice: ClientMiddleware {
    let begun: AsyncStream<Void>.Continuation

    init(_ begun: AsyncStream<Void>.Continuation) { self.begun = begun }

    func intercept(
        _ request: ClientRequest,
        next: @Sendable (ClientRequest) async throws -> ClientResponse
    ) async throws -> ClientResponse {
        if request.head.method == .get { begun.yield() }
        return try await next(request)
    }
}
