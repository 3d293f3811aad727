import ClienteleCore
import ClienteleJSON
import ClienteleStore
import ClienteleTestSupport
import Testing

@Suite("Any store lets customers go")
struct CustomerDeletionContract {
    @Test(arguments: TestEngine.allCases)
    func takesADeletedCustomerOutOfEverySight(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let metadata = Metadata([.init("tier", "pro"), .init("n", 1)])
            let customer = try await house.create("ada@example.com", externalID: "x", name: "Ada", metadata: metadata)
            try await house.delete(customer)
            for key in [CustomerKey.id(customer.id), .externalID("x")] {
                let calls: [() async throws -> Void] = [
                    { _ = try await house.customers.customer(key, in: [house.a]) },
                    { _ = try await house.customers.update(key, in: [house.a], by: CustomerPatch()) },
                    { try await house.customers.delete(key, in: [house.a], anonymize: true) },
                    { _ = try await house.members.member(.externalID("x"), of: key, in: [house.a]) },
                ]
                for call in calls { #expect(await failure(call) == .notFound(.customer)) }
            }
            for query in [
                CustomerQuery(organizations: [house.a]),
                CustomerQuery(organizations: [house.a], email: "ada@example.com"),
                CustomerQuery(organizations: [house.a], search: "ada"),
                CustomerQuery(organizations: [house.a], search: "x"),
                CustomerQuery(organizations: [house.a], metadata: [("tier", ["pro"])]),
            ] {
                let page = try await house.customers.list(query)
                #expect(page.items.isEmpty && page.totalCount == 0)
            }
            #expect(try await house.store.customers(of: house.a, after: nil, limit: 10).isEmpty)
            #expect(try await house.members.list(MemberQuery(organizations: [house.a])).totalCount == 0)
            #expect(try await house.rows("SELECT 1 FROM customer_metadata", columns: 1).isEmpty)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func remembersTheExternalIDOfADeletedCustomer(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            for (externalID, anonymize) in [("plain", false), ("scrubbed", true)] {
                let customer = try await house.create("\(externalID)@example.com", externalID: externalID)
                try await house.delete(customer, anonymize: anonymize)
            }
            let rows = try await house.rows(
                "SELECT former_external_id, external_id, deleted_at IS NULL FROM customers ORDER BY created_at",
                columns: 3
            )
            #expect(rows == [["plain", nil, "0"], ["scrubbed", nil, "0"]])
        }
    }

    @Test(arguments: TestEngine.allCases)
    func givesTheKeysToANewCustomerWithoutHistory(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let metadata = Metadata([.init("tier", "pro")])
            let first = try await house.create("ada@example.com", externalID: "x", name: "Ada", metadata: metadata)
            try await house.delete(first)
            let second = try await house.create("ada@example.com", externalID: "x")
            #expect(second.id != first.id)
            #expect(try await house.customers.customer(.externalID("x"), in: [house.a]) == second)
            #expect(second.name == nil && second.metadata == Metadata())
            #expect(try await house.names(metadata: [("tier", ["pro"])]).isEmpty)
            try await house.delete(second)
            #expect(await failure { try await house.create("ada@example.com", externalID: "x") } == nil)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func deletesOneCustomerOnceHoweverManyAsk(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            try await house.create("stays@example.com")
            let customer = try await house.create("goes@example.com")
            let outcomes = await failures(64) { _ in try await house.delete(customer) }
            #expect(outcomes.count { $0 == nil } == 1)
            #expect(outcomes.count { $0 == .notFound(.customer) } == 63)
            #expect(try await house.total() == 1)
        }
    }

    /// The hex SHA-256 of `2026-01-01T00:00:00.000001+00:00` and each text, computed by Python.
    private let hashes = [
        "Ada@example.com": "67ba56295cc58fba0dda10d4ed894d45526dd7efb5123981bed67f22966946b4",
        "Ada": "e641764e45af2650bf873a5772738f0aeeb5c68eae048ba22eccaf0346c554f0",
        "Ada Lovelace": "fb57a35ee8b48adbcb47ee44dadd45cd9fde85e213312ce8475a7b24be6b04e6",
        "Own@example.com": "d00d9de96dea6ebf94fecf62eb7f51dafe275b9872112266f8b53c5f5bb04df6",
        "Own": "6abb1f68fa755ddcef83ea87fe64f39cc680a292c520eda78f85f76f56bde8fe",
        "Mem@example.com": "0c9388f9b40b480c606c616f98dad584ee8c72c1f15777f74ab2b49320118063",
        "Mem": "76b31cdcc6e229ed020e7947d97bc82de0dce10d9d145bb37cb61703344cd673",
    ]

    @Test(arguments: TestEngine.allCases)
    func scrubsThePersonOfACustomerAndItsMembers(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let moment = Timestamp(microseconds: 1_767_225_600_000_001)
            let still = Surroundings(now: { moment }, random: { .random(in: .min ... .max) })
            let team = try await Customers(store: house.store, surroundings: still).create(
                CustomerDraft(
                    kind: .team,
                    email: try EmailAddress("Ada@Example.com"),
                    externalID: "x",
                    name: "Ada",
                    billingAddress: try PostalAddress(
                        line1: "1 Secret St",
                        city: "Berlin",
                        country: #require(Country("DE"))
                    ),
                    metadata: Metadata([.init("tier", "pro")]),
                    owner: .init(email: try EmailAddress("Own@example.com"), name: "Own")
                ),
                in: house.a
            )
            _ = try await house.store.update(.id(team.id), in: [house.a], claiming: CustomerKeys()) {
                customer,
                _ throws(DomainError) in
                customer.billingName = "Ada Lovelace"
                customer.emailVerified = true
            }
            let draft = MemberDraft(email: try EmailAddress("Mem@example.com"), name: "Mem")
            let members = Members(store: house.store, surroundings: still)
            _ = try await members.add(draft, to: .id(team.id), in: [house.a])
            try await house.delete(team, anonymize: true)

            let kept = try await house.rows(
                """
                SELECT email, email_key, email_verified, name, name_key, billing_name, billing_name_key, line1, city, country,
                    metadata, former_external_id, anonymized_at IS NULL, deleted_at IS NULL
                FROM customers
                """,
                columns: 14
            )
            let email = hashed("Ada@example.com") + "@anonymized.polar.sh"
            let name = hashed("Ada")
            let billingName = hashed("Ada Lovelace")
            let nothing: [String?] = [nil, nil, nil]
            let expected = [email, email, "0", name, name, billingName, billingName]
            #expect(kept == [expected + nothing + [#"{"tier":"pro"}"#, "x", "0", "0"]])
            let keptMembers = try await house.rows(
                "SELECT email, email_key, name, deleted_at IS NULL FROM members ORDER BY role DESC",
                columns: 4
            )
            let emails = ["Own@example.com", "Mem@example.com"].map { hashed($0) + "@anonymized.polar.sh" }
            #expect(
                keptMembers == [
                    [emails[0], emails[0], hashed("Own"), "0"], [emails[1], emails[1], hashed("Mem"), "0"],
                ]
            )
        }
    }

    private func hashed(_ text: String) -> String { hashes[text] ?? "no hash of \(text)" }

    @Test(arguments: TestEngine.allCases)
    func keepsTheNameAndTheTaxIDOfABusiness(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let customer = try await house.customers.create(
                CustomerDraft(
                    email: try EmailAddress("office@example.com"),
                    name: "ACME GmbH",
                    billingAddress: try PostalAddress(country: #require(Country("DE"))),
                    taxID: TaxIDClaim("DE136695976")
                ),
                in: house.a
            )
            try await house.delete(customer, anonymize: true)
            let rows = try await house.rows(
                "SELECT name, tax_id, tax_id_kind, country, email LIKE '%@anonymized.polar.sh' FROM customers",
                columns: 5
            )
            #expect(rows == [["ACME GmbH", "DE136695976", "eu_vat", nil, "1"]])
            #expect(try await house.rows("SELECT 1 FROM members WHERE name = 'ACME GmbH'", columns: 1).isEmpty)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func scrubsACustomerWhoseMetadataPretendsThatItWasDoneAlready(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let metadata = Metadata([.init("__anonymized_at", "2026-01-01"), .init("__external_id", "theirs")])
            let customer = try await house.create("ada@example.com", name: "Ada", metadata: metadata)
            #expect(try await house.customer(customer).externalID == nil)
            try await house.delete(customer, anonymize: true)
            let rows = try await house.rows(
                "SELECT email LIKE 'ada%', name = 'Ada', metadata FROM customers",
                columns: 3
            )
            #expect(rows == [["0", "0", metadata.text]])
        }
    }
}
