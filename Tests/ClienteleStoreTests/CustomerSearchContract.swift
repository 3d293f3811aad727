import ClienteleCore
import ClienteleJSON
import ClienteleStore
import ClienteleTestSupport
import Testing

@Suite("Any store searches customers")
struct CustomerSearchContract {
    @Test(arguments: TestEngine.allCases)
    func findsATextAnywhereInEmailNameAndBillingName(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            try await house.create("ada.lovelace@analytical.example", name: "Countess")
            try await house.create("b@example.com", name: "Charles Babbage")
            let third = try await house.create("c@example.com", name: "Billed")
            _ = try await house.store.update(.id(third.id), in: [house.a], claiming: CustomerKeys()) {
                customer,
                _ throws(DomainError) in
                customer.billingName = "Menabrea & Figli"
            }
            try await house.create("c2@analytical.example", name: "Babbage Menabrea", in: house.b)
            for (text, names) in [
                ("lovelace", ["Countess"]), ("LoveLace@Ana", ["Countess"]), ("ANALYTICAL", ["Countess"]),
                ("ada", ["Countess"]),
                ("les bab", ["Charles Babbage"]), ("BABBAGE", ["Charles Babbage"]), ("age", ["Charles Babbage"]),
                ("ge", ["Charles Babbage"]), ("& figli", ["Billed"]), ("MENABREA", ["Billed"]), ("&", ["Billed"]),
                ("example", ["Countess", "Charles Babbage", "Billed"]),
                ("", ["Countess", "Charles Babbage", "Billed"]),
                ("e", ["Countess", "Charles Babbage", "Billed"]), ("babbage charles", []), ("countessada", []),
                ("countess ada", []), (" ada", []), ("zz", []), ("zzz", []),
            ] {
                #expect(try await house.names(search: text) == names, "\(text)")
            }
        }
    }

    @Test(arguments: TestEngine.allCases)
    func findsOnlyTheStartOfAnExternalID(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            try await house.create("1@example.com", externalID: "Cust-4%2-End", name: "one")
            try await house.create("2@example.com", externalID: "cust-472-end", name: "two")
            try await house.create("3@example.com", externalID: "xCust-4%2-End", name: "three")
            try await house.create("4@example.com", externalID: "cust-4%2-end", name: "foreign", in: house.b)
            for (text, names) in [
                ("cust-4%2-end", ["one"]), ("CUST-4%2", ["one"]), ("cust-4", ["one", "two"]), ("CU", ["one", "two"]),
                ("ust-4", []), ("-e", []), ("end", []), ("4%2", []), ("cust-4%2-end-", []), ("xc", ["three"]),
                ("cust_4", []),
            ] {
                #expect(try await house.names(search: text) == names, "\(text)")
            }
        }
    }

    @Test(arguments: TestEngine.allCases)
    func takesEveryCharacterLiterally(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let names = [
                "100% wool", "100x wool", "snake_case", "snakeXcase", "say \"hi\" now", "five*star", "fiveXstar",
                "this AND that", "this or that", "NEAR(here)", "well-known", "well known", "^top hat", "top hat",
                "name:ada",
                "name ada", "back\\slash", "O'Brien", "dash -- comment", "{a b}", "a + b", "[x-z]", "$1",
            ]
            for (number, name) in names.enumerated() { try await house.create("c\(number)@example.com", name: name) }
            let found: [(String, [String])] = [
                ("0% w", ["100% wool"]), ("%", ["100% wool"]), ("%%%", []), ("100%wool", []), ("_", ["snake_case"]),
                ("e_c", ["snake_case"]), ("___", []), ("\"hi\"", ["say \"hi\" now"]), ("\"", ["say \"hi\" now"]),
                ("\"\"", []),
                ("\"\"\"", []), ("\"say", []), ("*", ["five*star"]), ("e*s", ["five*star"]), ("fiv*", []),
                ("AND", ["this AND that"]),
                ("this AND that", ["this AND that"]), ("this AND or", []), ("that OR this", []), ("NOT this", []),
                ("NEAR(here)", ["NEAR(here)"]), ("NEAR(this that)", []), ("-known", ["well-known"]), ("- known", []),
                ("^top", ["^top hat"]), ("^to", ["^top hat"]), ("^well", []), ("top", ["^top hat", "top hat"]),
                ("name:ada", ["name:ada"]), ("name_key:ada", []), ("email_key : exa", []), ("k\\s", ["back\\slash"]),
                ("\\", ["back\\slash"]), ("\\%", []), ("o'b", ["O'Brien"]), ("'", ["O'Brien"]), ("' OR 1=1 --", []),
                (" --", ["dash -- comment"]), ("{a b}", ["{a b}"]), ("{a b}:", []), ("a + b", ["a + b"]),
                ("wel + kno", []),
                ("[x-z]", ["[x-z]"]), ("[a-z]", []), ("$1", ["$1"]), ("$", ["$1"]), ("?1", []), ("(", ["NEAR(here)"]),
            ]
            for (text, names) in found { #expect(try await house.names(search: text) == names, "\(text)") }
        }
    }

    @Test(arguments: TestEngine.allCases)
    func foldsTheCaseOfEveryScript(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let names = [
                "\u{C9}cole", "ecole", "Stra\u{DF}e", "strasse", "ПРИВЕТ", "Ωμέγα", "東京株式会社",
                "\u{1F600}\u{1F680}\u{1F600}ok", "\u{10400}\u{10401}\u{10402}",
            ]
            for (number, name) in names.enumerated() { try await house.create("c\(number)@x.co", name: name) }
            let found: [(String, [String])] = [
                ("\u{E9}", ["\u{C9}cole"]), ("\u{C9}C", ["\u{C9}cole"]), ("\u{E9}COLE", ["\u{C9}cole"]),
                ("\u{C9}cole", ["\u{C9}cole"]), ("ecole", ["ecole"]), ("STRA\u{DF}E", ["Stra\u{DF}e"]),
                ("\u{DF}", ["Stra\u{DF}e"]),
                ("\u{1E9E}", ["Stra\u{DF}e"]), ("STRA\u{1E9E}E", ["Stra\u{DF}e"]), ("STRASSE", ["strasse"]),
                ("привет", ["ПРИВЕТ"]),
                ("ив", ["ПРИВЕТ"]), ("ΩΜΈΓΑ", ["Ωμέγα"]), ("東", ["東京株式会社"]), ("京株", ["東京株式会社"]), ("株式会", ["東京株式会社"]),
                ("京東株", []), ("\u{1F680}", ["\u{1F600}\u{1F680}\u{1F600}ok"]),
                ("\u{1F680}\u{1F600}O", ["\u{1F600}\u{1F680}\u{1F600}ok"]), ("\u{1F601}\u{1F680}\u{1F600}", []),
                ("\u{10428}\u{10429}\u{1042A}", ["\u{10400}\u{10401}\u{10402}"]),
                ("\u{10429}", ["\u{10400}\u{10401}\u{10402}"]),
            ]
            for (text, names) in found { #expect(try await house.names(search: text) == names, "\(text)") }
        }
    }

    @Test(arguments: TestEngine.allCases)
    func findsWhatIsThereNow(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let customer = try await house.create("first@example.com", name: "Oldname")
            for text in ["ldn", "ol", "first"] {
                #expect(try await house.names(search: text) == ["Oldname"], "\(text)")
            }
            try await house.update(customer, CustomerPatch(name: .set("Newname")))
            for text in ["ldn", "ol", "oldname"] { #expect(try await house.names(search: text).isEmpty, "\(text)") }
            for text in ["ewn", "ew", "newname", "first"] {
                #expect(try await house.names(search: text) == ["Newname"], "\(text)")
            }
            try await house.update(customer, CustomerPatch(email: .set(try EmailAddress("second@example.com"))))
            #expect(try await house.names(search: "first").isEmpty)
            #expect(try await house.names(search: "second") == ["Newname"])
            try await house.update(customer, CustomerPatch(metadata: Metadata(), externalID: .set("Later")))
            #expect(try await house.names(search: "later") == ["Newname"])
            try await house.update(customer, CustomerPatch(name: .clear))
            #expect(try await house.names(search: "newname").isEmpty)
            #expect(try await house.names(search: "second") == ["nil"])
            try await house.delete(customer)
            for text in ["second", "se", "later", ""] {
                #expect(try await house.names(search: text).isEmpty, "\(text)")
            }
            switch house.store.engine.dialect {
            case .sqlite:
                let integrity = "INSERT INTO customers_search (customers_search) VALUES ('integrity-check')"
                _ = try await house.store.engine.write { try $0.execute(integrity) }
            case .postgres: break  // Its index is of the table, and cannot differ from it.
            }
        }
    }

    @Test(arguments: TestEngine.allCases)
    func narrowsByEverythingAskedTogether(_ engine: TestEngine) async throws {
        try await withHouse(engine) { house in
            let pro = Metadata([.init("tier", "pro")])
            try await house.create("a@example.com", name: "Acme one", metadata: pro)
            try await house.create("b@example.com", name: "Acme two")
            try await house.create("c@example.com", name: "Other", metadata: pro)
            var query = CustomerQuery(organizations: [house.a], search: "acme", metadata: [("tier", ["pro"])])
            #expect(try await house.names(query) == ["Acme one"])
            query.email = "B@example.com"
            #expect(try await house.names(query).isEmpty)
            query.metadata = []
            #expect(try await house.names(query) == ["Acme two"])
        }
    }
}
