import ClienteleStore
import ClienteleTestSupport
import Foundation
import Testing

@testable import ClienteleCore

@Suite("Any store keeps organizations and tokens")
struct OrganizationStoreContract {
    @Test(arguments: TestEngine.allCases)
    func keepsOrganizationsOldestFirst(_ engine: TestEngine) async throws {
        try await withStore(engine) { store in
            let organizations = Organizations(store: store, surroundings: TestSurroundings().surroundings)
            #expect(try await organizations.list().isEmpty)
            let first = try await organizations.create(name: "  Zo\u{EB} & Co. \n")
            #expect(first.name == "Zo\u{EB} & Co.")
            let second = try await organizations.create(name: "A")
            let twin = try await organizations.create(name: "A")
            #expect(twin.id != second.id)
            #expect(try await organizations.list() == [first, second, twin])
        }
    }

    @Test(arguments: TestEngine.allCases)
    func refusesAnOrganizationWithoutAUsableName(_ engine: TestEngine) async throws {
        try await withStore(engine) { store in
            let organizations = Organizations(store: store, surroundings: TestSurroundings().surroundings)
            let longest = String(repeating: "\u{E9}", count: 256)
            for name in ["", " \t\n\u{A0}", longest + "x", "a\0b", "\0"] {
                #expect(await failure { try await organizations.create(name: name) } == .refused([.organizationName]))
            }
            let organization = try await organizations.create(name: longest)
            #expect(organization.name == longest)
            #expect(try await organizations.list() == [organization])
        }
    }

    @Test(arguments: TestEngine.allCases)
    func keepsEveryValueOfAToken(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let (organization, first) = try await house.tokens.create(
                kind: .organization,
                organizations: [house.a, house.a],
                scopes: [.customersRead, .membersWrite]
            )
            #expect(organization.organizations == [house.a])
            #expect(organization.expiresAt == nil)
            let (user, second) = try await house.tokens.create(
                kind: .user,
                organizations: [house.b, house.a],
                scopes: Set(Scope.all),
                lifetimeSeconds: 3_600
            )
            #expect(user.expiresAt == user.createdAt.adding(seconds: 3_600))
            let elsewhere = AccessTokens(store: house.store, surroundings: house.clock.surroundings)
            for (token, secret) in [(organization, first), (user, second)] {
                let kept = try #require(try await elsewhere.token(withSecret: secret.text))
                #expect(kept.id == token.id && kept.kind == token.kind && kept.scopes == token.scopes)
                #expect(Set(kept.organizations) == Set(token.organizations))
                #expect(kept.organizations.count == token.organizations.count)
                #expect(kept.createdAt == token.createdAt && kept.expiresAt == token.expiresAt)
                #expect(kept.revokedAt == nil)
            }
            #expect(try await house.tokens.list().map(\.id) == [organization.id, user.id])
        }
    }

    @Test(arguments: TestEngine.allCases)
    func refusesTokensOfNoOrganizationOrOfOneThatIsNotThere(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let unknown = Organization.ID(high: 0x4000, low: 0x8000_0000_0000_0000)
            let refused: [(AccessToken.Kind, [Organization.ID], Refusal.Rule)] = [
                (.organization, [], .tokenOrganizations), (.user, [], .tokenOrganizations),
                (.organization, [house.a, house.b], .tokenOrganizations),
                (.organization, [unknown], .organizationUnknown),
                (.user, [house.a, unknown], .organizationUnknown),
            ]
            for (kind, organizations, rule) in refused {
                let create = await failure {
                    try await house.tokens.create(kind: kind, organizations: organizations, scopes: [])
                }
                #expect(create == .refused([rule]))
            }
            let tokens = try await house.tokens.list()
            #expect(tokens.isEmpty)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func knowsNoSecretButTheExactOne(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let (token, secret) = try await house.tokens.create(
                kind: .organization,
                organizations: [house.a],
                scopes: []
            )
            for wrong in [
                "", secret.text + " ", String(secret.text.dropLast()), secret.text.lowercased(), "clientele_oat_",
            ] {
                #expect(try await house.tokens.token(withSecret: wrong) == nil)
            }
            #expect(try await house.tokens.token(withSecret: secret.text)?.id == token.id)
            #expect(try await house.tokens.token(withSecret: "Bearer \(secret.text)".dropFirst(7))?.id == token.id)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func endsATokenWhenItsTimeIsOverEvenIfItIsRemembered(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let tokens = house.tokens
            func create(_ lifetimeSeconds: Int64) async throws -> String {
                try await tokens.create(
                    kind: .organization,
                    organizations: [house.a],
                    scopes: [],
                    lifetimeSeconds: lifetimeSeconds
                ).secret.text
            }
            let never = try await create(0)
            #expect(try await tokens.token(withSecret: never) == nil)
            let soon = try await create(60)
            house.clock.pass(seconds: 59)
            #expect(try await tokens.token(withSecret: soon) != nil)
            // Less than a second later, while the token is still remembered.
            house.clock.pass(seconds: 1)
            #expect(try await tokens.token(withSecret: soon) == nil)
            #expect(try await tokens.token(withSecret: soon) == nil)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func revokesATokenHereAtOnceAndElsewhereWithinASecond(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let elsewhere = AccessTokens(store: house.store, surroundings: house.clock.surroundings)
            let (token, secret) = try await house.tokens.create(
                kind: .user,
                organizations: [house.a, house.b],
                scopes: Set(Scope.all)
            )
            let other = try await house.tokens.create(kind: .organization, organizations: [house.a], scopes: [])
            for tokens in [house.tokens, elsewhere] {
                #expect(try await tokens.token(withSecret: secret.text) != nil)
                #expect(try await tokens.token(withSecret: other.secret.text) != nil)
            }
            try await house.tokens.revoke(token.id)
            #expect(try await house.tokens.token(withSecret: secret.text) == nil)
            house.clock.pass(seconds: 1)
            for tokens in [house.tokens, elsewhere] {
                #expect(try await tokens.token(withSecret: secret.text) == nil)
                #expect(try await tokens.token(withSecret: other.secret.text)?.id == other.token.id)
            }
            let listed = try await house.tokens.list()
            #expect(listed.map { $0.revokedAt != nil } == [true, false])
            try await house.tokens.revoke(token.id)
            #expect(try await house.tokens.list() == listed)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func revokesNoTokenThatIsNotThere(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let unknown = AccessToken.ID(high: 0x4000, low: 0x8000_0000_0000_0000)
            #expect(await failure { try await house.tokens.revoke(unknown) } == .notFound(.token))
        }
    }

    @Test func remembersNoTokenThatIsRevokedWhileItIsLookedUp() async throws {
        try await withHouse { house in
            let store = RevokingStore(store: house.store)
            let tokens = AccessTokens(store: store, surroundings: house.clock.surroundings)
            let (token, secret) = try await tokens.create(kind: .organization, organizations: [house.a], scopes: [])
            await store.hook.set { try? await tokens.revoke(token.id) }
            _ = try await tokens.token(withSecret: secret.text)
            let remembered = try await tokens.token(withSecret: secret.text)
            #expect(remembered == nil)
        }
    }

    @Test func keepsNoSecretInItsFiles() async throws {
        try await withFolder { folder in
            let store = try await openStore(.folder(folder))
            let house = try await House(store)
            let (_, secret) = try await house.tokens.create(kind: .organization, organizations: [house.a], scopes: [])
            try await house.create("needle@example.com")
            func isKept(_ text: String) throws -> Bool {
                let names = try FileManager.default.contentsOfDirectory(atPath: folder)
                return try names.contains { name in
                    try Data(contentsOf: URL(filePath: folder + "/" + name)).range(of: Data(text.utf8)) != nil
                }
            }
            #expect(try isKept("needle@example.com"))
            #expect(try !isKept(secret.text))
            #expect(try !isKept(String(secret.text.dropFirst(14).prefix(12))))
            try await store.close()
            #expect(try !isKept(secret.text))
        }
    }

    @Test func givesSecretsThatAScannerCanRecognize() async throws {
        // The CRC-32 of "123456789" is 0xCBF43926, whose digits in base 62 are 3, 45, 35, 27, 22 and 14.
        #expect(TokenSecret.checksum(of: "123456789") == "3jZRME")
        try await withHouse { house in
            var seen: Set<String> = []
            for (kind, prefix) in [(AccessToken.Kind.organization, "clientele_oat_"), (.user, "clientele_pat_")] {
                for _ in 0..<20 {
                    let secret = try await house.tokens.create(kind: kind, organizations: [house.a], scopes: []).secret
                        .text
                    #expect(secret.hasPrefix(prefix))
                    let rest = secret.dropFirst(prefix.count)
                    #expect(rest.utf8.count == 43)
                    #expect(rest.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) })
                    #expect(TokenSecret.checksum(of: String(secret.dropLast(6))) == String(secret.suffix(6)))
                    seen.insert(secret)
                }
            }
            #expect(seen.count == 40)
        }
    }
}

/// A store in which something happens between the lookup of a token and its answer.
private struct RevokingStore: OrganizationStore {
    actor Hook {
        private var action: (@Sendable () async -> Void)?
        func set(_ action: @escaping @Sendable () async -> Void) { self.action = action }
        func run() async { await action?() }
    }

    let store: SQLStore
    let hook = Hook()

    func insert(_ organization: Organization) async throws(DomainError) { try await store.insert(organization) }
    func insertFirst(_ organization: Organization) async throws(DomainError) -> Bool {
        try await store.insertFirst(organization)
    }
    func organizations() async throws(DomainError) -> [Organization] { try await store.organizations() }
    func insert(_ token: AccessToken, hash: [UInt8]) async throws(DomainError) {
        try await store.insert(token, hash: hash)
    }
    func tokens() async throws(DomainError) -> [AccessToken] { try await store.tokens() }

    func revokeToken(_ id: AccessToken.ID, at now: Timestamp) async throws(DomainError) {
        try await store.revokeToken(id, at: now)
    }

    func caller(withHash hash: [UInt8]) async throws(DomainError) -> Caller? {
        let caller = try await store.caller(withHash: hash)
        await hook.run()
        return caller
    }

    func caller(bearing token: AccessToken) async throws(DomainError) -> Caller {
        try await store.caller(bearing: token)
    }

    func organization(_ id: Organization.ID) async throws(DomainError) -> Organization {
        try await store.organization(id)
    }

    func insert(_ team: Team) async throws(DomainError) { try await store.insert(team) }

    func teams(of organization: Organization.ID) async throws(DomainError) -> [Team] {
        try await store.teams(of: organization)
    }
}
