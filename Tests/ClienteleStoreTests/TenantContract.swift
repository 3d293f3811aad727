import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import CoreMetrics
import Testing

@testable import ClienteleStore

private let lenient = CustomerRules(emailMayRepeat: true, ownerMayBeMissing: true, resendingIsNoChange: true)

@Suite("Any store keeps customers by the rules of their dialect", .timeLimit(.minutes(10)))
struct TenantContract {
    @Test(arguments: TestEngine.allCases)
    func anEmailMayRepeatAmongThoseWhoShareIt(_ engine: TestEngine) async throws {
        try await withSoundHouse(engine) { house in
            for _ in 0..<2 { #expect(try await house.tenant("Ada@example.com").sharesEmail) }
            let owner = try await house.create("ada@example.com")
            #expect(!owner.sharesEmail)
            let late = try await house.tenant("ADA@example.com")
            #expect(await failure { try await house.create("ADA@Example.com") } == .refused([.emailTaken]))
            // To send the address that it has claims nothing.
            let same = CustomerPatch(email: .set(try EmailAddress("ada@example.com")))
            #expect(try await house.update(late, same).sharesEmail)
            try await house.delete(owner, anonymize: true)
            let other = CustomerPatch(email: .set(try EmailAddress("eve@example.com")))
            #expect(try await !house.update(late, other).sharesEmail)
            #expect(await failure { try await house.create("eve@example.com") } == .refused([.emailTaken]))
            try await house.delete(try await house.tenant("eve@example.com"), anonymize: true)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func anEmailIsFreeAgainWhenItsOwnerSharesAnother(_ engine: TestEngine) async throws {
        try await withSoundHouse(engine) { house in
            let owner = try await house.create("ada@example.com")
            let other = try await house.create("eve@example.com")
            let patch = CustomerPatch(email: .set(try EmailAddress("eve@example.com")), rules: lenient)
            let moved = try await house.update(owner, patch)
            #expect(moved.sharesEmail && moved.email?.text == "eve@example.com")
            #expect(try await house.customer(other) == other)
            try await house.create("ada@example.com")
            let list = CustomerQuery(organizations: [house.a], email: "eve@example.com")
            #expect(Set(try await house.customers.list(list).items.map(\.id)) == [owner.id, other.id])
        }
    }

    @Test(arguments: TestEngine.allCases)
    func anUpsertMakesACustomerByTheRulesOfItsPatch(_ engine: TestEngine) async throws {
        try await withSoundHouse(engine) { house in
            let email = try #require(try await house.create("ada@example.com").email)
            let patch = CustomerPatch(email: .set(email), status: .suspended, rules: lenient)
            let made = try await house.customers.upsert(externalID: "x", in: house.a, by: patch, owner: nil)
            #expect(made.isNew && made.customer.sharesEmail && made.customer.status == .suspended)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func anIndividualThatLosesItsEmailIsATeamOfItsOwner(_ engine: TestEngine) async throws {
        try await withSoundHouse(engine) { house in
            let ada = try await house.create("Ada@example.com", name: "Ada")
            let drifted = CustomerDraft.Owner(email: try EmailAddress("own@example.com"))
            let bob = try await house.create("bob@example.com", owner: drifted)
            for (customer, email) in [(ada, "Ada@example.com"), (bob, "own@example.com")] {
                let owner = try await house.owner(of: customer)
                let cleared = try await house.update(customer, CustomerPatch(email: .clear))
                #expect(cleared.kind == .team && cleared.email == nil && cleared.ownerEmail?.text == email)
                #expect(!cleared.emailVerified && !cleared.sharesEmail && cleared.modifiedAt != nil)
                #expect(cleared.stateVersion > customer.stateVersion)
                #expect(try await house.customer(customer) == cleared)
                #expect(try await house.owner(of: customer) == owner)
                #expect(try await house.update(customer, CustomerPatch(email: .clear)) == cleared)
            }
            try await house.create("ada@example.com")
            let back = CustomerPatch(email: .set(try EmailAddress("ada2@example.com")), rules: lenient)
            let updated = try await house.update(ada, back)
            #expect(updated.kind == .team && updated.ownerEmail == nil && updated.sharesEmail)
            #expect(try await house.customer(ada) == updated)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func anOwnerMayBeMissingUntilTheFirstMemberComes(_ engine: TestEngine) async throws {
        try await withSoundHouse(engine) { house in
            for (kind, rules) in [(Customer.Kind.team, CustomerRules()), (.individual, lenient)] {
                let draft = CustomerDraft(kind: kind, email: nil, rules: rules)
                let outcome = await failure { try await house.customers.create(draft, in: house.a) }
                #expect(outcome == .refused([.emailMissing]))
            }
            let team = try await house.tenant(nil)
            #expect(try await house.members(of: team).isEmpty && team.ownerEmail == nil)
            #expect(try await house.customer(team) == team)
            for (email, role) in [("first@example.com", Member.Role.owner), ("second@example.com", .member)] {
                let draft = MemberDraft(email: try EmailAddress(email))
                #expect(try await house.members.add(draft, to: .id(team.id), in: [house.a]).role == role)
                #expect(try await house.customer(team).ownerEmail?.text == "first@example.com")
            }
        }
    }

    @Test(arguments: TestEngine.allCases)
    func resendingIsNoChangeWhereTheRulesSaySo(_ engine: TestEngine) async throws {
        try await withSoundHouse(engine) { house in
            let metadata = Metadata([.init("plan", ["nested": 1])])
            let before = try await house.tenant("Ada@example.com", name: "Ada", metadata: metadata)
            var same = CustomerPatch(name: .set("Ada"), metadata: metadata, status: .pending, rules: lenient)
            same.email = .set(EmailAddress(stored: "Ada@example.com"))
            for patch in [same, CustomerPatch(rules: lenient)] {
                #expect(try await house.update(before, patch) == before)
            }
            let loud = EmailAddress(stored: "ADA@example.com")
            for (what, patch) in [
                ("the letter case", CustomerPatch(email: .set(loud), rules: lenient)),
                ("the name", CustomerPatch(name: .set("Eve"), rules: lenient)),
                ("the metadata", CustomerPatch(metadata: Metadata(), rules: lenient)),
                ("no metadata", CustomerPatch(metadata: .null, rules: lenient)),
                ("the status", CustomerPatch(status: .active, rules: lenient)),
                ("no address", CustomerPatch(email: .clear, rules: lenient)),
            ] {
                let customer = try await house.customer(before)
                let changed = try await house.update(before, patch)
                #expect(changed.stateVersion == customer.stateVersion + 1, "\(what)")
                #expect(changed.modifiedAt ?? before.createdAt > customer.modifiedAt ?? before.createdAt, "\(what)")
                #expect(try await house.customer(before) == changed, "\(what)")
                #expect(try await house.update(before, patch) == changed, "\(what)")
            }
        }
    }

    @Test(arguments: TestEngine.allCases)
    func keepsTheMomentFromWhichACustomerIsArchived(_ engine: TestEngine) async throws {
        try await withSoundHouse(engine) { house in
            let customer = try await house.tenant(nil)
            #expect(customer.status == .pending)
            var archivedAt = customer.archivedAt
            for status in [.active, .archived, .archived, .suspended, .archived, .pending] as [Customer.Status] {
                let isArchivedAgain = status == .archived && archivedAt != nil
                house.clock.pass(seconds: 60)
                let changed = try await house.update(customer, CustomerPatch(status: status, rules: lenient))
                #expect(changed.status == status && (changed.archivedAt != nil) == (status == .archived))
                #expect(!isArchivedAgain || changed.archivedAt == archivedAt)
                #expect(isArchivedAgain || status != .archived || changed.archivedAt == changed.modifiedAt)
                #expect(try await house.customer(customer) == changed)
                archivedAt = changed.archivedAt
            }
        }
    }

    @Test(arguments: TestEngine.allCases, Customer.Status.allCases)
    func aNewCustomerMayHaveAnyStatus(_ engine: TestEngine, _ status: Customer.Status) async throws {
        try await withSoundHouse(engine) { house in
            let draft = CustomerDraft(email: try EmailAddress("a@example.com"), status: status)
            let customer = try await house.customers.create(draft, in: house.a)
            let archivedAt = status == .archived ? customer.createdAt : nil
            #expect(customer.status == status && customer.archivedAt == archivedAt)
            #expect(try await house.customer(customer) == customer)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func keepsMetadataAsItIsAndFindsCustomersByWhatAnIndexHolds(_ engine: TestEngine) async throws {
        try await withSoundHouse(engine) { house in
            func text(_ count: Int) -> String {
                String(decoding: (0..<count).map { _ in UInt8.random(in: 0x30...0x7A) }, as: UTF8.self)
            }
            let (long, longer) = (text(2_196), text(2_197))
            let nested = [JSON.Member("a", ["b": [1, .null]]), .init("c", [[]]), .init("d", .null), .init("e", 1.5)]
            let cases: [(Metadata, [[String?]])] = [
                (.null, []), (Metadata(), []), (Metadata([.init("text", .string(text(16_000)))]), []),
                (Metadata([.init("name", .string(long))]), [["name", long]]),
                (Metadata([.init("name", .string(longer))]), []),
                (Metadata(nested), [["e", "1.5"]]),
            ]
            let pairs = "SELECT name, value FROM customer_metadata"
            let customer = try await house.tenant(nil, metadata: .null)
            for (metadata, found) in cases {
                let new = try await house.tenant(nil, metadata: metadata)
                #expect(try await house.customer(new).metadata.text == metadata.text)
                #expect(try await house.rows(pairs, columns: 2) == found)
                try await house.delete(new, anonymize: true)
                try await house.update(customer, CustomerPatch(metadata: metadata, rules: lenient))
                #expect(try await house.customer(customer).metadata == metadata)
                #expect(try await house.rows(pairs, columns: 2) == found)
                try await house.expectSound()
                try await house.update(customer, CustomerPatch(metadata: .null, rules: lenient))
            }
        }
    }
}

@Suite("Any store walks an organization's teams and customers", .timeLimit(.minutes(10)))
struct TeamContract {
    @Test(arguments: TestEngine.allCases)
    func makesTeamsAndNamesTheDefaultOneFirst(_ engine: TestEngine) async throws {
        try await withSoundHouse(engine) { house in
            let (organizations, standard) = (house.organizations, Team.standardID(of: house.a))
            #expect(try await organizations.team(named: nil, in: house.a) == standard)
            let longest = String(repeating: "\u{E9}", count: Team.nameLengthMax)
            let first = try await organizations.createTeam(name: " Support \n", in: house.a)
            let second = try await organizations.createTeam(name: longest, in: house.a)
            #expect(first.name == "Support" && second.name == longest && !first.isStandard)
            let teams = try await organizations.teams(of: house.a)
            #expect(teams.dropFirst() == [first, second])
            #expect(teams[0].isStandard && teams[0].name == "Default" && teams[0].id.text == house.a.text)
            func create(_ name: String, in organization: Organization.ID) async -> Failure? {
                await failure { try await organizations.createTeam(name: name, in: organization) }
            }
            for name in ["", " \t\n", longest + "x", "a\0b"] {
                #expect(await create(name, in: house.a) == .refused([.teamName]))
            }
            let unknown = Organization.ID(high: 9, low: 9)
            #expect(await create("T", in: unknown) == .notFound(.organization))
            #expect(await failure { try await organizations.teams(of: unknown) } == .notFound(.organization))
            for id in [standard, first.id] { #expect(try await organizations.team(named: id, in: house.a) == id) }
            let refused: [(Team.ID?, Organization.ID, Refusal.Rule)] = [
                (nil, house.a, .teamMissing), (Team.ID(high: 9, low: 9), house.a, .teamUnknown),
                (first.id, house.b, .teamUnknown), (standard, house.b, .teamUnknown),
            ]
            for (id, organization, rule) in refused {
                #expect(await failure { try await organizations.team(named: id, in: organization) } == .refused([rule]))
            }
        }
    }

    @Test(arguments: TestEngine.allCases)
    func walksNewestFirstInPiecesOfAnySize(_ engine: TestEngine) async throws {
        try await withSoundHouse(engine) { house in
            let (all, teams) = try await house.populate()
            try await house.tenant(nil, in: house.b)
            for status in [nil] + Customer.Status.allCases.map(Optional.some) {
                for team in [nil] + teams.map(Optional.some) {
                    let expected = all.filter { (status ?? $0.status, team ?? $0.team) == ($0.status, $0.team) }.map(
                        \.id
                    )
                    #expect(!expected.isEmpty)
                    for limit in [1, 5, 100] {
                        var walk = CustomerWalk(organization: house.a, status: status, team: team, limit: limit)
                        #expect(try await house.ids(&walk) == expected, "\(walk)")
                    }
                }
            }
        }
    }

    @Test(arguments: TestEngine.allCases)
    func goesOnAfterACustomerThatIsGone(_ engine: TestEngine) async throws {
        try await withSoundHouse(engine) { house in
            let (all, _) = try await house.populate()
            for position in [0, 3, 4, all.count - 2] {
                try await house.delete(all[position])
                let last = CustomerWalk.Position(createdAt: all[position].createdAt, id: all[position].id)
                let walk = CustomerWalk(organization: house.a, last: last, limit: 3)
                let next = try await house.customers.walk(walk).map(\.id)
                #expect(next == all[(position + 1)...].prefix(3).map(\.id), "after \(position)")
            }
        }
    }

    @Test func walksAnIndexOfSQLite() async throws {
        try await withStore(.sqliteOnDisk) { store in
            let recording = RecordingEngine(engine: store.engine)
            let house = try await House(SQLStore(engine: recording))
            let (all, teams) = try await house.populate()
            let last = CustomerWalk.Position(createdAt: all[3].createdAt, id: all[3].id)
            let cases: [(Customer.Status?, Team.ID?, String)] = [
                (nil, nil, "customers_by_created_at"), (.active, nil, "customers_by_created_at"),
                (nil, teams[0], "customers_by_created_at"), (.pending, nil, "customers_by_status"),
                (.archived, teams[0], "customers_by_status"), (nil, teams[1], "customers_by_team"),
                (.active, teams[1], "customers_by_team"),
            ]
            for (status, team, index) in cases {
                for last in [nil, last] {
                    recording.forget()
                    let walk = CustomerWalk(organization: house.a, status: status, team: team, last: last, limit: 5)
                    _ = try await house.customers.walk(walk)
                    let statement = try #require(recording.statements.last)
                    let sql = "EXPLAIN QUERY PLAN " + statement.sql
                    let plan = try await store.engine.read {
                        try $0.rows(sql, statement.arguments) { try $0.string(3) }
                    }
                    #expect(plan.first?.contains("INDEX \(index) ") == true, "\(plan)")
                    #expect(!plan.contains { $0.hasPrefix("SCAN") || $0.contains("TEMP B-TREE") }, "\(plan)")
                }
            }
        }
    }

    @Test(arguments: [TestEngine.sqliteInMemory, .postgres])
    func takesOverTheCustomersOfTheVersionBefore(_ engine: TestEngine) async throws {
        try await withLocation(engine) { location in
            let metrics = StoreMetrics(factory: NOOPMetricsHandler.instance)
            let sql: any SQLEngine =
                if case .postgres(let configuration) = location {
                    PostgresEngine(configuration, metrics: metrics)
                } else {
                    try SQLiteEngine(.memory, metrics: metrics)
                }
            let (a, b) = (Organization.ID(high: 1, low: 1), Organization.ID(high: 2, low: 2))
            try await sql.fillBefore("v003_dialects", a, b)
            #expect(try await Migrator(engine: sql).run() == ["v003_dialects", "v004_changes"])
            let house = House(SQLStore(engine: sql), clock: TestSurroundings(), a: a, b: b)
            let kept = try await house.customers.customer(.id(Customer.ID(high: 3, low: 1)), in: [a])
            #expect(kept.status == .active && kept.archivedAt == nil && kept.team == Team.standardID(of: a))
            #expect(kept.email?.text == "Ada@example.com" && !kept.sharesEmail)
            #expect(await failure { try await house.create("ADA@example.com") } == .refused([.emailTaken]))
            try await house.create("gone@example.com")
            try await house.create("ada@example.com", in: b)
            _ = try await house.tenant("ada@example.com")
            var walk = CustomerWalk(organization: a, status: .active, team: kept.team, limit: 1)
            #expect(try await house.ids(&walk).last == kept.id)
            try await house.policies.setPlan(Plan(customersMax: 3), of: a)
            #expect(await failure { try await house.tenant(nil) } == .notEntitled(.quotaExceeded))
            try await house.expectSound()
            try await sql.close()
        }
    }
}

/// Runs `body` in a house in which verification finds nothing wrong after it.
private func withSoundHouse(_ engine: TestEngine, _ body: (House) async throws -> Void) async throws {
    try await withHouse(engine) { house in
        try await body(house)
        try await house.expectSound()
    }
}

extension House {
    fileprivate func expectSound() async throws {
        #expect(try await verified().filter { $0.broken > 0 }.map(\.name) == [])
    }

    /// Creates a customer as the lenient rules have it.
    @discardableResult fileprivate func tenant(
        _ email: String?,
        name: String? = nil,
        metadata: Metadata = Metadata(),
        in organization: Organization.ID? = nil
    ) async throws -> Customer {
        let email = email.map { EmailAddress(stored: $0) }
        var draft = CustomerDraft(kind: .team, email: email, name: name, metadata: metadata, rules: lenient)
        draft.status = .pending
        return try await customers.create(draft, in: organization ?? a)
    }

    /// Customers of every status in each of three teams, the newest first, of whom always two were made at one moment.
    fileprivate func populate() async throws -> (customers: [Customer], teams: [Team.ID]) {
        var teams = [Team.standardID(of: a)]
        for name in ["One", "Two"] { teams.append(try await organizations.createTeam(name: name, in: a).id) }
        var customers: [Customer] = []
        for number in 0..<24 {
            let moment = Timestamp(microseconds: 1_767_225_600_000_000 + Int64(number / 2))
            let surroundings = Surroundings(now: { moment }, random: { UInt64.random(in: .min ... .max) })
            let draft = CustomerDraft(kind: .team, email: nil, team: teams[number % 3], rules: lenient)
            let made = try await Customers(store: store, surroundings: surroundings).create(draft, in: a)
            customers.append(try await update(made, CustomerPatch(status: Customer.Status.allCases[number % 4])))
        }
        return (customers.reversed(), teams)
    }

    /// The ids of all pieces of a walk.
    fileprivate func ids(_ walk: inout CustomerWalk) async throws -> [Customer.ID] {
        var ids: [Customer.ID] = []
        while case let piece = try await customers.walk(walk), let last = piece.last {
            #expect(piece.count <= walk.limit)
            ids += piece.map(\.id)
            walk.last = CustomerWalk.Position(createdAt: last.createdAt, id: last.id)
        }
        return ids
    }
}

extension SQLEngine {
    /// Applies the migrations before that one, and makes two organizations: the first has a live customer and a deleted one.
    fileprivate func fillBefore(_ name: String, _ a: Organization.ID, _ b: Organization.ID) async throws {
        try await write { session in
            try session.script("CREATE TABLE migrations (name text PRIMARY KEY NOT NULL)")
            for migration in Migrator.migrations.prefix(while: { $0.name != name }) {
                try session.script(migration.sql(session.dialect))
                try session.execute("INSERT INTO migrations (name) VALUES ($1)", [.text(migration.name)])
            }
            try session.execute(
                "INSERT INTO organizations (id, name, created_at) VALUES ($1, 'A', 1), ($2, 'B', 1)",
                [SQLValue(a), SQLValue(b)]
            )
            try session.execute(
                """
                INSERT INTO customers (organization_id, id, created_at, deleted_at, kind, email, email_key) VALUES
                    ($1, $2, 5, NULL, 'individual', 'Ada@example.com', 'ada@example.com'),
                    ($1, $3, 5, 9, 'individual', 'gone@example.com', 'gone@example.com')
                """,
                [SQLValue(a), SQLValue(Customer.ID(high: 3, low: 1)), SQLValue(Customer.ID(high: 3, low: 2))]
            )
            try session.execute(
                """
                INSERT INTO members (organization_id, customer_number, id, created_at, deleted_at, email, email_key, role)
                SELECT organization_id, number, id, created_at, deleted_at, email, email_key, 'owner' FROM customers
                """
            )
        }
    }
}
