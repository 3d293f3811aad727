import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// What section 1.16 of the specification of the Polar dialect says of `GET /v1/customers/export`.
struct CustomerExportTests {
    private static let header =
        "ID,External ID,Created At,Email,Name,Tax ID,Billing Address Line 1,Billing Address Line 2,Billing Address City,"
        + "Billing Address State,Billing Address Zip,Billing Address Country,Metadata\r\n"

    @Test func writesAHeaderEvenAlone() async throws {
        try await withServer { server in
            _ = try await server.customerID("foreign@example.com", token: "B")
            let answer = try await server.call(.get, "/v1/customers/export")
            #expect(answer.status == .ok)
            #expect(answer.headers[.contentType] == "text/csv; charset=utf-8")
            #expect(answer.headers[.contentDisposition] == #"attachment; filename="polar-customers.csv""#)
            #expect(answer.text == Self.header)
        }
    }

    @Test func writesEveryColumnAndQuotesOnlyWhatNeedsIt() async throws {
        try await withServer { server in
            let made = try await server.customer(
                #"""
                {"email":"ada@example.com","name":"Ada, \"the\" first\nof her name","external_id":"é one","metadata":{"a":"x"},
                 "billing_address":{"country":"FR","line1":"1 rue","line2":"B","city":"Paris","state":"Île","postal_code":"75001"},
                 "tax_id":"FR61954506077"}
                """#
            )
            let bare = try await server.customerID("bare@example.com")
            let createdAt = made.text("created_at").replacing("Z", with: "+00:00")
            let answer = try await server.call(.get, "/v1/customers/export")
            let lines = answer.text.components(at: "\r\n")
            #expect(lines.count == 4 && lines.last == "")
            let expected =
                #"\#(made.id),é one,\#(createdAt),ada@example.com,"Ada, ""the"" first"# + "\n"
                + #"of her name",FR61954506077,1 rue,B,Paris,Île,75001,FR,"{""a"":""x""}""#
            #expect(lines.contains(expected))
            let plain = lines.first { $0.hasPrefix(bare) }
            #expect(plain?.hasSuffix("+00:00,bare@example.com,,,,,,,,,{}") == true)
            #expect(plain?.hasPrefix("\(bare),,2026-01-01T00:00:00.") == true)
        }
    }

    @Test func keepsASpreadsheetFromTakingATextForAFormula() async throws {
        try await withServer { server in
            for (number, sign) in ["=", "+", "-", "@"].enumerated() {
                _ = try await server.customer(
                    """
                    {"email":"a\(number)@example.com","name":"\(sign)cmd()","external_id":"\(sign)x\(number)",\
                    "billing_address":{"country":"FR","line1":"\(sign)1","city":"\(sign)2","state":"\(sign)3"}}
                    """
                )
            }
            _ = try await server.customerID("-minus@example.com")
            let answer = try await server.call(.get, "/v1/customers/export")
            for sign in ["=", "+", "-", "@"] {
                for text in ["cmd()", "1", "2", "3", "x", "minus"] {
                    #expect(!answer.text.contains(",\(sign)\(text)"), "\(sign)\(text)")
                }
                #expect(answer.text.contains(",'\(sign)cmd(),"))
            }
            #expect(answer.text.contains(",'-minus@example.com,"))
        }
    }

    @Test func narrowsToOrganizations() async throws {
        try await withServer { server in
            let a = try await server.customerID("a@example.com")
            let b = try await server.customerID("b@example.com", token: "B")
            let both = "organization_id=\(server.organizationA.text)&organization_id=\(server.organizationB.text)"
            for (token, query, found) in [
                ("PAT_AB", "", [a, b]), ("PAT_AB", both, [a, b]),
                ("PAT_AB", "organization_id=\(server.organizationB.text)", [b]), ("A", both, [a]),
                ("A", "organization_id=\(server.organizationB.text)", []), ("A", "organization_id=\(unknownID)", []),
            ] as [(String, String, [String])] {
                let answer = try await server.call(.get, "/v1/customers/export?\(query)", token: token)
                let lines = answer.text.components(at: "\r\n").dropFirst().dropLast()
                #expect(Set(lines.map { String($0.prefix(36)) }) == Set(found), "\(token) \(query)")
            }
            let bad = try await server.call(.get, "/v1/customers/export?organization_id=nope")
            #expect(bad.status == .unprocessableContent)
            #expect(bad.headers[.contentType] == "application/json")
            #expect(bad.issues.first == "uuid_type query.organization_id.uuid")
        }
    }

    @Test func writesEachOfManyOnce() async throws {
        try await withServer { server in
            let count = 1_001
            for number in 0..<count { _ = try await server.customerID("a\(number)@example.com") }
            let answer = try await server.call(.get, "/v1/customers/export?page=2&limit=5")
            let lines = answer.text.components(at: "\r\n").dropFirst().dropLast()
            #expect(lines.count == count)
            #expect(Set(lines).count == count)
        }
    }
}

extension String {
    /// The parts between a separator, told by bytes: Swift takes CR and LF together for one character.
    fileprivate func components(at separator: String) -> [String] {
        var parts: [String] = [""]
        for scalar in unicodeScalars {
            parts[parts.count - 1].unicodeScalars.append(scalar)
            if parts[parts.count - 1].utf8.suffix(separator.utf8.count).elementsEqual(separator.utf8) {
                parts[parts.count - 1].unicodeScalars.removeLast(separator.unicodeScalars.count)
                parts.append("")
            }
        }
        return parts
    }
}
