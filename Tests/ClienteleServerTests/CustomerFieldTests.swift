import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// What sections 1.7, 1.9 and 1.10 of the specification of the Polar dialect say of single fields.
struct CustomerFieldTests {
    private static func create(_ server: TestServer, _ number: Int, _ field: String) async throws -> TestResponse {
        try await server.call(.post, "/v1/customers/", body: #"{"email":"a\#(number)@example.com",\#(field)}"#)
    }

    // MARK: - Metadata

    @Test func keepsEveryTypeOfMetadata() async throws {
        try await withServer { server in
            let text = String(repeating: "é", count: 500)
            let key = String(repeating: "ü", count: 40)
            let rows = [
                #"{"a":1,"b":1.0,"c":true,"d":"1","e":false,"f":-2.5,"g":0,"h":" x "}"#, #"{"\#(key)":"\#(text)"}"#,
                "{}",
                #"{" ":"\u0001","z":1,"a":2}"#,
                "{" + (0..<50).map { #""k\#($0)":\#($0)"# }.joined(separator: ",") + "}",
            ]
            for (number, metadata) in rows.enumerated() {
                let made = try await Self.create(server, number, #""metadata":\#(metadata)"#)
                #expect(made.status == .created)
                #expect(made.json["metadata"] == (try JSON(parsing: metadata)))
                let read = try await server.call(.get, "/v1/customers/\(made.json.id)")
                #expect(read.text == made.text)
            }
        }
    }

    @Test func countsPairsOfMetadata() async throws {
        try await withServer { server in
            let metadata = "{" + (0..<51).map { #""k\#($0)":\#($0)"# }.joined(separator: ",") + "}"
            let answer = try await Self.create(server, 0, #""metadata":\#(metadata)"#)
            let issue = item(
                "too_long",
                #"["body","individual","metadata"]"#,
                "Dictionary should have at most 50 items after validation, not 51",
                metadata,
                context: #"{"field_type":"Dictionary","max_length":50,"actual_length":51}"#
            )
            #expect(answer.text == schemaError(issue))
        }
    }

    @Test func measuresKeysOfMetadata() async throws {
        try await withServer { server in
            let long = String(repeating: "k", count: 41)
            let answer = try await Self.create(server, 0, #""metadata":{"":1,"\#(long)":2}"#)
            let empty = item(
                "string_too_short",
                #"["body","individual","metadata","","[key]"]"#,
                "String should have at least 1 character",
                #""""#,
                context: #"{"min_length":1}"#
            )
            let tooLong = item(
                "string_too_long",
                #"["body","individual","metadata","\#(long)","[key]"]"#,
                "String should have at most 40 characters",
                "\"\(long)\"",
                context: #"{"max_length":40}"#
            )
            #expect(answer.text == schemaError(empty, tooLong))
        }
    }

    @Test func tellsWhatEachTypeOfMetadataFoundWrong() async throws {
        try await withServer { server in
            let long = #""\#(String(repeating: "v", count: 501))""#
            let short = item(
                "string_too_short",
                #"["body","metadata","k","constrained-str"]"#,
                "String should have at least 1 character",
                #""""#,
                context: #"{"min_length":1}"#
            )
            let tooLong = item(
                "string_too_long",
                #"["body","metadata","k","constrained-str"]"#,
                "String should have at most 500 characters",
                long,
                context: #"{"max_length":500}"#
            )
            let path = "/v1/customers/\(unknownID)"
            for (value, first) in [(#""""#, short), (long, tooLong)] {
                let answer = try await server.call(.patch, path, body: #"{"metadata":{"k":\#(value)}}"#)
                let others = [
                    ("int", "integer, unable to parse string as an integer"),
                    ("float", "number, unable to parse string as a number"),
                    ("bool", "boolean, unable to interpret input"),
                ].map { branch, words in
                    item(
                        "\(branch)_parsing",
                        #"["body","metadata","k","\#(branch)"]"#,
                        "Input should be a valid \(words)",
                        value
                    )
                }
                #expect(answer.text == schemaError(first, others[0], others[1], others[2]))
            }
            for value in ["null", "[1]", #"{"a":1}"#] {
                let answer = try await server.call(.patch, path, body: #"{"metadata":{"k":\#(value)}}"#)
                let items = [
                    ("string_type", "constrained-str", "string"), ("int_type", "int", "integer"),
                    ("float_type", "float", "number"), ("bool_type", "bool", "boolean"),
                ].map { type, branch, word in
                    item(type, #"["body","metadata","k","\#(branch)"]"#, "Input should be a valid \(word)", value)
                }
                #expect(answer.text == schemaError(items[0], items[1], items[2], items[3]))
            }
        }
    }

    // MARK: - Billing address

    @Test func trimsAnAddressAndPutsItInOrder() async throws {
        try await withServer { server in
            let sent = """
                {"extra":1,"country":"fr","state":" IDF ","city":" Paris","postal_code":"75 001 ","line2":null,"line1":"\\n1"}
                """
            let made = try await Self.create(server, 0, #""billing_address":\#(sent)"#)
            let address =
                #"{"line1":"1","line2":null,"postal_code":"75 001","city":"Paris","state":"IDF","country":"FR"}"#
            #expect(made.json["billing_address"]?.text == address)
        }
    }

    @Test func takesEveryCountryButFive() async throws {
        try await withServer { server in
            let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
            let codes = letters.flatMap { first in letters.map { "\(first)\($0)" } }
            var taken: [String] = []
            let id = try await server.customerID("a@example.com")
            for code in codes {
                let answer = try await server.patch(id, #"{"billing_address":{"country":"\#(code.lowercased())"}}"#)
                if answer.status == .ok { taken.append(answer.json["billing_address"]?.text("country") ?? "") }
            }
            #expect(taken.count == 244)
            #expect(Set(taken).isDisjoint(with: ["CU", "IR", "KP", "SY", "RU", "EU", "UK", "XK", "ZZ", "AN"]))
            for code in [#""RU""#, #""ZZ""#, #""FRA""#, #""""#, "null", "1", #"" FR""#] {
                let answer = try await server.patch(id, #"{"billing_address":{"country":\#(code)}}"#)
                let expected = taken.dropLast().map { "'\($0)'" }.joined(separator: ", ") + " or 'ZW'"
                let issue = item(
                    "enum",
                    #"["body","billing_address","country"]"#,
                    "Input should be \(expected)",
                    code,
                    context: #"{"expected":"\#(expected)"}"#
                )
                #expect(answer.text == schemaError(issue))
            }
        }
    }

    @Test func wantsACountryAndTexts() async throws {
        try await withServer { server in
            for (address, issues) in [
                ("{}", ["missing body.individual.billing_address.country"]),
                (
                    #"{"line1":1,"line2":2,"postal_code":3,"city":4,"state":5,"country":"FR"}"#,
                    ["line1", "line2", "postal_code", "city", "state"].map {
                        "string_type body.individual.billing_address.\($0)"
                    }
                ),
                ("[]", ["model_attributes_type body.individual.billing_address"]),
            ] {
                let answer = try await Self.create(server, 0, #""billing_address":\#(address)"#)
                #expect(answer.issues == issues)
            }
        }
    }

    @Test func knowsTheStatesOfTwoCountries() async throws {
        try await withServer { server in
            let states = """
                AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK \
                OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC
                """
            let provinces = "AB BC MB NB NL NS NT NU ON PE QC SK YT"
            let id = try await server.customerID("a@example.com")
            func state(_ state: String, _ country: String) async throws -> TestResponse {
                try await server.patch(id, #"{"billing_address":{"country":"\#(country)","state":"\#(state)"}}"#)
            }
            for (country, codes) in [("US", states), ("CA", provinces)] {
                for code in codes.split(separator: " ") {
                    for sent in ["\(code)", "\(country)-\(code)"] {
                        let kept = try await state(sent, country).json["billing_address"]?.text("state")
                        #expect(kept == "\(country)-\(code)")
                    }
                }
                let bare = try await server.patch(id, #"{"billing_address":{"country":"\#(country)"}}"#)
                #expect(bare.json["billing_address"]?["state"] == .null)
            }
            for (sent, country, words) in [
                ("PR", "US", "US state"), ("ca", "US", "US state"), ("California", "US", "US state"),
                ("US-PR", "US", "US state"),
                ("QC", "US", "US state"), ("US-", "US", "US state"), ("TX", "CA", "CA subdivision"),
                ("qc", "CA", "CA subdivision"),
                ("US-QC", "CA", "CA subdivision"),
            ] {
                let issue = item(
                    "value_error",
                    #"["body","billing_address"]"#,
                    "Value error, Invalid \(words)",
                    #"{"country":"\#(country)","state":"\#(sent)"}"#,
                    context: #"{"error":{}}"#
                )
                #expect(try await state(sent, country).text == schemaError(issue))
            }
            #expect(try await state("ca", "FR").json["billing_address"]?.text("state") == "ca")
        }
    }

    // MARK: - Locale

    @Test func makesALocaleCanonical() async throws {
        try await withServer { server in
            let id = try await server.customerID("a@example.com")
            for (sent, kept) in [
                ("EN-us", "en-US"), ("en_GB", "en-GB"), ("iw", "he"), ("pt-br", "pt-BR"), ("fr", "fr"),
            ] {
                #expect(try await server.patch(id, #"{"locale":"\#(sent)"}"#).json.text("locale") == kept)
            }
            for sent in ["", " ", "und", "x-private", "qq", "en-AB", "en--US", "english language", "e"] {
                let answer = try await server.patch(id, #"{"locale":"\#(sent)"}"#)
                let issue = item(
                    "value_error",
                    #"["body","locale"]"#,
                    "Value error, Invalid IETF BCP 47 language tag",
                    "\"\(sent)\"",
                    context: #"{"error":{}}"#
                )
                #expect(answer.text == schemaError(issue), "\(sent)")
            }
        }
    }
}
