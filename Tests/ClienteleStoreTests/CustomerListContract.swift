import ClienteleCore
import ClienteleJSON
import ClienteleStore
import ClienteleTestSupport
import Testing

@Suite("Any store lists customers")
struct CustomerListContract {
    @Test(arguments: TestEngine.allCases)
    func countsExactlyAfterEveryChange(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            func expectTotals(_ a: Int, _ b: Int) async throws {
                #expect(try await house.total(house.a) == a)
                #expect(try await house.total(house.b) == b)
                let both = CustomerQuery(organizations: [house.a, house.b], limit: 1)
                #expect(try await house.customers.list(both).totalCount == a + b)
                let counted = try await house.rows(
                    "SELECT count(*) FROM customers WHERE deleted_at IS NULL",
                    columns: 1
                )
                #expect(counted == [["\(a + b)"]])
            }
            try await expectTotals(0, 0)
            let drafts = (0..<40).map { CustomerDraft(email: EmailAddress(stored: "c\($0)@example.com")) }
            let customers = try await house.create(drafts, in: house.a)
            _ = try await house.create(Array(drafts.prefix(3)), in: house.b)
            try await expectTotals(40, 3)
            _ = await failures(40) { try await house.create("c\($0)@example.com") }
            try await expectTotals(40, 3)
            for customer in customers.prefix(5) { try await house.update(customer, CustomerPatch(name: .set("n"))) }
            try await expectTotals(40, 3)
            let deleted = await failures(20) { try await house.delete(customers[$0], anonymize: $0.isMultiple(of: 2)) }
            #expect(deleted.allSatisfy { $0 == nil })
            _ = await failures(20) { try await house.delete(customers[$0]) }
            try await expectTotals(20, 3)
            let upserts = await failures(10) { number in
                let email = try EmailAddress("u\(number / 2)@example.com")
                let externalID = "u\(number / 2)"
                let patch = CustomerPatch(email: .set(email))
                return try await house.customers.upsert(externalID: externalID, in: house.b, by: patch, owner: nil)
            }
            #expect(upserts.allSatisfy { $0 == nil })
            try await expectTotals(20, 8)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func findsAnEmailWholeAndInAnyCase(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            try await house.create("\u{C9}da@Example.com", name: "Ada")
            try await house.create("ada@example.com.au", name: "Aussie")
            try await house.create("\u{E9}da@example.com", name: "Foreign", in: house.b)
            func names(_ email: String) async throws -> [String] {
                try await house.names(CustomerQuery(organizations: [house.a], email: email))
            }
            #expect(try await names("\u{E9}DA@EXAMPLE.COM") == ["Ada"])
            #expect(try await names("ada@example.com.AU") == ["Aussie"])
            for other in ["ada@example.com", "%", "\u{E9}da@example.co_", "@example.com", "", " \u{E9}da@example.com"] {
                #expect(try await names(other).isEmpty, "\(other)")
            }
            let both = CustomerQuery(organizations: [house.a, house.b], email: "\u{E9}da@example.com")
            #expect(try await house.names(both) == ["Ada", "Foreign"])
        }
    }

    @Test(arguments: TestEngine.allCases)
    func hasNobodyWithASubscriptionYet(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            try await house.create("a@example.com", name: "A")
            #expect(try await house.names(CustomerQuery(organizations: [house.a], active: true)).isEmpty)
            #expect(try await house.names(CustomerQuery(organizations: [house.a], active: false)) == ["A"])
        }
    }

    @Test(arguments: TestEngine.allCases)
    func comparesMetadataWithTheTextOfTheValue(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let values: [(String, JSON)] = [
                ("integer", 1), ("number", 1.0), ("text", "1"), ("yes", true), ("word", "true"), ("half", 1.5),
                ("big", 9_007_199_254_740_993), ("quoted", "\"1\""), ("negative", -3),
            ]
            for (name, value) in values {
                try await house.create("\(name)@example.com", name: name, metadata: Metadata([.init("v", value)]))
            }
            let found: [(String, [String])] = [
                ("1", ["integer", "text"]), ("1.0", ["number"]), ("true", ["yes", "word"]), ("True", []),
                ("1.5", ["half"]),
                ("1.50", []), ("9007199254740993", ["big"]), ("9007199254740992", []), ("\"1\"", ["quoted"]),
                ("-3", ["negative"]),
                ("", []), ("%", []), ("01", []),
            ]
            for (text, names) in found {
                #expect(try await house.names(metadata: [("v", [text])]) == names, "\(text)")
            }
        }
    }

    @Test(arguments: TestEngine.allCases)
    func takesTheValuesOfOneNameAsAlternativesAndNamesTogether(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            for (name, tier, region) in [
                ("pe", "pro", "eu"), ("pu", "pro", "us"), ("fe", "free", "eu"), ("te", "team", "eu"),
            ] {
                let metadata = Metadata([.init("tier", .string(tier)), .init("region", .string(region))])
                try await house.create("\(name)@example.com", name: name, metadata: metadata)
            }
            try await house.create("none@example.com", name: "none")
            try await house.create("f@x.com", name: "pe", metadata: Metadata([.init("tier", "pro")]), in: house.b)
            #expect(try await house.names(metadata: [("tier", ["pro"])]) == ["pe", "pu"])
            #expect(try await house.names(metadata: [("tier", ["pro", "free"])]) == ["pe", "pu", "fe"])
            #expect(try await house.names(metadata: [("tier", ["pro", "free"]), ("region", ["eu"])]) == ["pe", "fe"])
            #expect(try await house.names(metadata: [("tier", ["pro"]), ("region", ["apac"])]).isEmpty)
            #expect(try await house.names(metadata: [("TIER", ["pro"])]).isEmpty)
            #expect(try await house.names(metadata: [("region", ["pro"])]).isEmpty)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func filtersByTheMetadataOfNow(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let metadata = Metadata([.init("tier", "pro"), .init("seat", 4)])
            let customer = try await house.create("a@example.com", name: "A", metadata: metadata)
            let replaced = Metadata([.init("tier", "free"), .init("region", "eu")])
            try await house.update(customer, CustomerPatch(metadata: replaced))
            for (name, value, isFound) in [
                ("tier", "pro", false), ("seat", "4", false), ("tier", "free", true), ("region", "eu", true),
            ] {
                #expect(
                    try await house.names(metadata: [(name, [value])]) == (isFound ? ["A"] : []),
                    "\(name) \(value)"
                )
            }
            try await house.update(customer, CustomerPatch(metadata: Metadata()))
            #expect(try await house.names(metadata: [("tier", ["free"])]).isEmpty)
            #expect(try await house.rows("SELECT 1 FROM customer_metadata", columns: 1).isEmpty)
        }
    }

    @Test(arguments: TestEngine.allCases)
    func filtersByTheSpellingOfNow(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            // Swift takes the two for one string; a filter, which compares bytes, does not.
            let composed = Metadata([.init("drink", "caf\u{E9}")])
            let customer = try await house.create("a@example.com", name: "A", metadata: composed)
            try await house.update(customer, CustomerPatch(metadata: Metadata([.init("drink", "cafe\u{301}")])))
            let new = try await house.names(metadata: [("drink", ["cafe\u{301}"])])
            let old = try await house.names(metadata: [("drink", ["caf\u{E9}"])])
            #expect(new == ["A"])
            #expect(old.isEmpty)
        }
    }
}
