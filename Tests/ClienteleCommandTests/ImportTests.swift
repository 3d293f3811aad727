import ClienteleJSON
import ClienteleTestSupport
import Foundation
import Testing

/// `clientele import` against a server, as a process.
@Suite(.timeLimit(.minutes(10)))
struct ImportTests {
    @Test func bringsEveryRowAndDoesNothingTheSecondTime() async throws {
        try await withImport { server, folder in
            let file = try write(csv(rows: 300), "customers.csv", in: folder)
            let report = try await clientele(["import", "csv", file, "--json"], environment: server.environment).json
            #expect(report["created"] == 300)
            #expect(report["verified"] == true)
            let again = try await clientele(
                ["customers", "import", "csv", file, "--json"],
                environment: server.environment
            ).json
            #expect(again == report)
            let last = try await server.call("GET", "/v1/customers/external/ext_299").json
            #expect(last["email"] == "user299@example.com")
            #expect(last["name"] == "User, \"299\"")
            #expect(last["metadata"] == ["plan": "pro", "seats": 3])
            #expect(last["billing_address"]?["city"] == "Paris")
        }
    }

    @Test func changesNothingInADryRun() async throws {
        try await withImport { server, folder in
            let file = try write(csv(rows: 5), "customers.csv", in: folder)
            let result = try await clientele(["import", "csv", file, "--dry-run"], environment: server.environment)
            #expect(result.output == "5 customers can be imported, 0 cannot.\n")
            #expect(try await total(server) == 0)
            #expect(!FileManager.default.fileExists(atPath: file + ".clientele-ledger"))
        }
    }

    @Test func saysWhichLinesAreWrongAndSendsNothing() async throws {
        try await withImport { server, folder in
            let text =
                "\u{FEFF}email,name,external_id\r\nada@example.com,\"Two\nlines\",a\r\nnope,,b\r\nADA@example.com,,a\r\n"
            let file = try write(text, "customers.csv", in: folder)
            let result = try await clientele(["import", "csv", file], environment: server.environment)
            #expect(result.status != 0)
            #expect(result.errors.contains("line 4: email: "))
            #expect(result.errors.contains("line 5: email: line 2 has it too; external_id: line 2 has it too"))
            #expect(result.complaints.first?.contains("2 of 3 rows are wrong, and nothing was sent") == true)
            #expect(try await total(server) == 0)
            let rest = try await clientele(
                ["import", "csv", file, "--skip-invalid", "--json"],
                environment: server.environment
            )
            #expect(try rest.json["created"] == 1)
        }
    }

    @Test(arguments: [
        ("email,nam\na@example.com,x\n", "The column 'nam' is unknown"),
        ("email\n\"a@example.com\n", "Line 2 is no CSV: a cell in quotes has no end."),
        ("email\n\"a\"b\n", "Line 2 is no CSV: a cell goes on behind its closing quote."), ("", "The file is empty."),
        ("email,name,Name\na@example.com,x,y\n", "The column 'Name' is there twice."),
    ])
    func saysWhyAFileIsNone(_ text: String, _ complaint: String) async throws {
        try await withImport { server, folder in
            let file = try write(text, "customers.csv", in: folder)
            let result = try await clientele(["import", "csv", file], environment: server.environment)
            #expect(result.status != 0)
            #expect(result.complaints.first?.contains(complaint) == true)
        }
    }

    /// What the server would refuse, and what would be lost without a word, is told before anything is sent.
    @Test(arguments: [
        ("email,city\na@example.com,Paris\n", "country: it is missing, and the row has an address"),
        ("email,type\na@example.com,teem\n", "type: it is neither individual nor team"),
        ("type,owner_email\nteam,nope\n", "owner_email: "),
        ("email,owner_name\na@example.com,Ada\n", "owner_email: it is missing, and the row has an owner's name"),
        ("email,name\na@example.com\n", "it has 1 cells, the heading 2"),
        ("email,metadata\na@example.com,\"{\"\"k\"\":[1]}\"\n", "metadata: 'k' is no text, number or truth value"),
        ("email,metadata\na@example.com,\"{\"\"k\"\":\"\"\"\"}\"\n", "metadata: the text of 'k' has not 1 to 500"),
        (
            "email,metadata.\(String(repeating: "k", count: 41))\na@example.com,v\n",
            "metadata: the name '\(String(repeating: "k", count: 41))' has not 1 to 40 characters"
        ),
    ])
    func findsInAFileWhatCannotBeImported(_ text: String, _ reason: String) async throws {
        try await withImport { server, folder in
            let file = try write(text, "customers.csv", in: folder)
            let result = try await clientele(["import", "csv", file, "--dry-run"], environment: server.environment)
            #expect(result.status != 0)
            #expect(result.output == "0 customers can be imported, 1 cannot.\n")
            #expect(result.errors.hasPrefix("line 2: \(reason)"), "\(result.errors)")
        }
    }

    @Test func refusesAFileInAnotherEncoding() async throws {
        try await withImport { server, folder in
            let file = folder + "/latin1.csv"
            try Data(Array("email,name\na@example.com,Jos".utf8) + [0xE9, 0x0A]).write(to: URL(filePath: file))
            let result = try await clientele(["import", "csv", file], environment: server.environment)
            #expect(result.complaints == ["Error: Line 2 is no CSV: a cell is not in UTF-8."])
            #expect(try await total(server) == 0)
        }
    }

    /// A customer with an external id of its own is not there because somebody else has its address.
    @Test func saysThatAnAddressIsSomebodyElses() async throws {
        try await withImport { server, folder in
            _ = try await server.call(
                "POST",
                "/v1/customers",
                body: #"{"email":"a@example.com","external_id":"other"}"#
            )
            let file = try write("email,external_id\na@example.com,mine\n", "customers.csv", in: folder)
            let result = try await clientele(["import", "csv", file, "--json"], environment: server.environment)
            #expect(result.status != 0)
            #expect(try result.json["failed"] == 1)
            #expect(try result.json["already_there"] == 0)
            #expect(result.errors.hasPrefix("line 2: body.email: "), "\(result.errors)")
        }
    }

    @Test func tellsFailedRowsInTheOrderOfTheFile() async throws {
        try await withImport { server, folder in
            let rows = (0..<40).map { "user\($0)@example.com,ZZ\n" }.joined()
            let file = try write("email,country\n" + rows, "customers.csv", in: folder)
            let result = try await clientele(["import", "csv", file], environment: server.environment)
            let lines = result.errors.split(separator: "\n").compactMap { Int($0.dropFirst(5).prefix { $0 != ":" }) }
            #expect(lines == Array(2...41))
        }
    }

    @Test(arguments: [Array("no ledger".utf8), Array("two\nlines\n".utf8), [0xFF, 0xFE, 0x0A]])
    func writesOverNoFileOfSomebodyElse(_ bytes: [UInt8]) async throws {
        try await withImport { server, folder in
            let other = folder + "/other"
            try Data(bytes).write(to: URL(filePath: other))
            let file = try write(csv(rows: 1), "customers.csv", in: folder)
            let result = try await clientele(
                ["import", "csv", file, "--ledger", other],
                environment: server.environment
            )
            #expect(result.complaints.first?.contains("is no ledger of an import") == true)
            #expect(FileManager.default.contents(atPath: other) == Data(bytes))
            #expect(try await total(server) == 0)
        }
    }

    @Test(arguments: ["", "client", "clientele-import\tab"])
    func beginsAnewWhereItWasStoppedWithinTheFirstLine(_ cut: String) async throws {
        try await withImport { server, folder in
            let file = try write(csv(rows: 1), "customers.csv", in: folder)
            _ = try write(cut, "customers.csv.clientele-ledger", in: folder)
            let report = try await clientele(["import", "csv", file, "--json"], environment: server.environment).json
            #expect(report["created"] == 1)
            #expect(report["verified"] == true)
        }
    }

    @Test func bringsWhatIsThereUpToDate() async throws {
        try await withImport { server, folder in
            for body in [
                #"{"email":"user0@example.com","external_id":"ext_0","name":"Old"}"#, #"{"email":"alone@example.com"}"#,
            ] { _ = try await server.call("POST", "/v1/customers", body: body) }
            let text =
                "email,name,external_id\nuser0@example.com,New,ext_0\nalone@example.com,Alone,\nnew@example.com,,\n"
            let file = try write(text, "customers.csv", in: folder)
            let report = try await clientele(["import", "csv", file, "--json"], environment: server.environment).json
            #expect(report["created"] == 1)
            #expect(report["updated"] == 1)
            #expect(report["already_there"] == 1)
            #expect(report["verified"] == true)
            #expect(try await server.call("GET", "/v1/customers/external/ext_0").json["name"] == "New")
        }
    }

    /// Killed twice on its way, in the midst of what it sends; what the server did and the ledger lacks is not done again.
    @Test func goesOnAfterItWasKilled() async throws {
        try await withImport { server, folder in
            let count = 2_000
            let file = try write(csv(rows: count), "customers.csv", in: folder)
            for share in [4, 2] {
                let process = try CommandProcess(
                    ["import", "csv", file, "--concurrency", "4"],
                    environment: server.environment,
                    workingFolder: nil,
                    output: try newFile("output\(share)", in: folder),
                    errors: try newFile("errors\(share)", in: folder)
                )
                try await waitUntil("a part is imported", seconds: 60) { try await total(server) > count / share }
                process.send(SIGKILL)
                #expect(await process.status == SIGKILL)
                #expect(try await total(server) < count)
            }
            // As if the last line had been cut.
            let ledger = file + ".clientele-ledger"
            let text = try String(contentsOfFile: ledger, encoding: .utf8)
            try String(text.dropLast(3)).write(toFile: ledger, atomically: true, encoding: .utf8)
            let report = try await clientele(["import", "csv", file, "--json"], environment: server.environment).json
            #expect(report["created"] == .integer(Int64(count)))
            #expect(report["verified"] == true)
            #expect(try await total(server) == count)
        }
    }

    @Test func refusesTheLedgerOfAnotherFile() async throws {
        try await withImport { server, folder in
            let ledger = folder + "/ledger"
            let first = try write(csv(rows: 1), "a.csv", in: folder)
            let second = try write(csv(rows: 2), "b.csv", in: folder)
            let arguments = ["--ledger", ledger]
            #expect(
                try await clientele(["import", "csv", first] + arguments, environment: server.environment).status == 0
            )
            let refused = try await clientele(["import", "csv", second] + arguments, environment: server.environment)
            #expect(refused.complaints.first?.contains("is the ledger of another file or server") == true)
            #expect(try await total(server) == 1)
        }
    }

    @Test func waitsWhereTheServerWantsToBeCalledLessOften() async throws {
        try await withImport { server, folder in
            let organization = try #require(
                try await clienteleJSON(["organization", "list"], data: server.folder).array
            )
            let id = try #require(organization.first?["id"]?.string)
            let arguments = ["limit", "set", "--organization", id, "--writes", "600"]
            #expect(try await clientele(arguments + ["--data-dir", server.folder]).status == 0)
            let file = try write(csv(rows: 630), "customers.csv", in: folder)
            let report = try await clientele(["import", "csv", file, "--json"], environment: server.environment).json
            #expect(report["created"] == 630)
            #expect(report["failed"] == 0)
        }
    }

    @Test func takesCustomersAndMembersFromAnotherServer() async throws {
        try await withImport { source, _ in
            let team = #"{"type":"team","name":"Team","external_id":"t","owner":{"email":"o@example.com","name":"O"}}"#
            let id = try #require(try await source.call("POST", "/v1/customers", body: team).json["id"]?.string)
            for body in [#"{"email":"m@example.com"}"#, #"{"email":"b@example.com","role":"billing_manager"}"#] {
                #expect(try await source.call("POST", "/v1/customers/\(id)/members", body: body).status == 201)
            }
            _ = try await source.call(
                "POST",
                "/v1/customers",
                body:
                    #"{"email":"a@example.com","metadata":{"n":1.0},"billing_address":{"country":"FR"},"tax_id":"FR61954506077"}"#
            )
            try await withImport { server, folder in
                var environment = server.environment
                environment["CLIENTELE_SOURCE_TOKEN"] = source.token
                let arguments = [
                    "import", "polar", "--from", "http://127.0.0.1:\(source.port)", "--ledger", folder + "/l", "--json",
                ]
                let report = try await clientele(arguments, environment: environment).json
                #expect(report["created"] == 2)
                #expect(report["verified"] == true)
                let copy = try #require(
                    try await server.call("GET", "/v1/customers/external/t").json["id"]?.string
                )
                let members = try await server.call("GET", "/v1/members/?customer_id=\(copy)").json["items"]?.array
                let roles = members?.compactMap { $0["email"]?.string.map { email in email + " " } }.sorted()
                #expect(roles == ["b@example.com ", "m@example.com ", "o@example.com "])
                let ada = try await server.call("GET", "/v1/customers/?email=a@example.com").json["items"]?.array?.first
                #expect(ada?["metadata"] == ["n": 1.0])
                #expect(ada?["tax_id"] == ["FR61954506077", "eu_vat"])
            }
        }
    }

    private func csv(rows: Int) -> String {
        let heading = "Email,Name,External ID,metadata.plan,Metadata,Billing Address City,Billing Address Country\r\n"
        return heading
            + (0..<rows).map { row in
                "user\(row)@example.com,\"User, \"\"\(row)\"\"\",ext_\(row),pro,\"{\"\"seats\"\":3}\",Paris,FR\r\n"
            }.joined()
    }

    private func write(_ text: String, _ name: String, in folder: String) throws -> String {
        try text.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8)
        return folder + "/" + name
    }

    private func total(_ server: ImportServer) async throws -> Int {
        let page = try await server.call("GET", "/v1/customers/?limit=1").json
        return Int(try #require(page["pagination"]?["total_count"]?.integer))
    }
}

/// A server that commands call.
@dynamicMemberLookup
struct ImportServer {
    let process: ServerProcess
    let folder: String

    var environment: [String: String] {
        ["CLIENTELE_SERVER": "http://127.0.0.1:\(process.port)", "CLIENTELE_TOKEN": process.token]
    }

    subscript<Value>(dynamicMember path: KeyPath<ServerProcess, Value>) -> Value { process[keyPath: path] }

    func call(_ method: String, _ path: String, body: String? = nil) async throws -> HTTPAnswer {
        try await process.call(method, path, body: body)
    }
}

/// Runs `body` with a server that commands call, and a folder for files.
func withImport(_ body: (ImportServer, String) async throws -> Void) async throws {
    try await withFolder { data in
        try await withFolder { folder in
            try await withServing(data) { try await body(ImportServer(process: $0, folder: data), folder) }
        }
    }
}
