import ClienteleJSON
import ClienteleTestSupport
import Foundation
import Testing

/// What an operator says about organizations: their plans, limits, teams and keys.
@Suite(.timeLimit(.minutes(10)))
struct PolicyCommandTests {
    @Test func aPlanIsShownAsItWasSetLast() async throws {
        try await withFolder { folder in
            let (organization, other) = (try await newOrganization(folder), try await newOrganization(folder))
            let plans: [([String], JSON, String)] = [
                (
                    ["set", "--customers", "5", "--without", "meters", "--without", "events"],
                    ["customers": 5, "without": ["events", "meters"], "active": true],
                    "customers  5\nwithout    events, meters\nactive     yes\n"
                ),
                (
                    ["set", "--inactive"], ["customers": .null, "without": [], "active": false],
                    "customers  any number\nwithout    nothing\nactive     no\n"
                ),
                (["remove"], .null, "No plan: everything may be used.\n"),
                (["remove"], .null, "No plan: everything may be used.\n"),
            ]
            for (arguments, json, text) in plans {
                try await expect("plan", arguments, organization, json, text, folder)
                #expect(try await self.json(["plan", "show"], of: other, folder) == .null)
            }
        }
    }

    @Test func limitsAreShownAsTheyWereSetLast() async throws {
        try await withFolder { folder in
            let (organization, other) = (try await newOrganization(folder), try await newOrganization(folder))
            let limits: [([String], JSON, String)] = [
                (
                    ["set", "--reads", "600", "--writes", "1000000"],
                    ["reads_per_minute": 600, "writes_per_minute": 1_000_000],
                    "reads   600 a minute\nwrites  1000000 a minute\n"
                ),
                (
                    ["set", "--writes", "1"], ["reads_per_minute": .null, "writes_per_minute": 1],
                    "reads   any number\nwrites  1 a minute\n"
                ),
                (
                    ["set"], ["reads_per_minute": .null, "writes_per_minute": .null],
                    "reads   any number\nwrites  any number\n"
                ),
                (["remove"], .null, "No limits of its own: each dialect has its.\n"),
            ]
            for (arguments, json, text) in limits {
                try await expect("limit", arguments, organization, json, text, folder)
                #expect(try await self.json(["limit", "show"], of: other, folder) == .null)
            }
        }
    }

    @Test func teamsAreListedTheDefaultOneFirst() async throws {
        try await withFolder { folder in
            let organization = try await newOrganization(folder)
            let first = try await json(["team", "create", " Support "], of: organization, folder)
            #expect(first.object?.map(\.name) == ["id", "created_at", "name", "is_default"])
            #expect(first["name"] == "Support" && first["is_default"] == false)
            let made = try await run(["team", "create", "Sales & Co"], of: organization, folder)
            let second = try #require(made.outputLines.firstMatch(after: "id  "))
            #expect(made.output == "id  \(second)\n" && UUID(uuidString: second) != nil)
            let list = try await json(["team", "list"], of: organization, folder).array ?? []
            #expect(list.map { $0["id"] } == [.string(organization), first["id"], .string(second)])
            #expect(list.map { $0["name"] } == ["Default", "Support", "Sales & Co"])
            #expect(list.map { $0["is_default"] } == [true, false, false])
            let table = try await run(["team", "list"], of: organization, folder).outputLines
            #expect(table.first?.split(separator: " ") == ["ID", "CREATED", "NAME"])
            #expect(table.last?.hasPrefix(second) == true && table.last?.hasSuffix("  Sales & Co") == true)
            #expect(table.count == 4)
        }
    }

    @Test func aKirimKeyMayDoEverythingAndIsOfOneOrganization() async throws {
        try await withFolder { folder in
            let (organization, other) = (try await newOrganization(folder), try await newOrganization(folder))
            let create = ["token", "create", "--dialect", "kirim"]
            let made = try await json(create + ["--label", " My key "], of: organization, folder)
            let secret = try #require(made["token"]?.string)
            #expect(secret.wholeMatch(of: /kdv_live_[A-Za-z0-9_-]{24}/) != nil)
            #expect(made["dialect"] == "kirim" && made["label"] == "My key")
            #expect(made["last_four"] == .string(String(secret.suffix(4))))
            #expect(made["organization_ids"] == [.string(organization)])
            let polar = try await json(["token", "create", "--scope", "all"], of: organization, folder)
            #expect(made["scopes"] == polar["scopes"] && polar["label"] == .null && polar["dialect"] == "polar")
            let scoped = try await run(create + ["--scope", "all"], of: organization, folder)
            #expect(scoped.status == 0 && scoped.outputLines.last?.hasPrefix("token  kdv_live_") == true)
            let before = try await clienteleJSON(["token", "list"], data: folder)
            #expect(before.array?.count == 3)
            let refused: [([String], String)] = [
                (["--scope", "customers:read"], "A key of Kirim's dialect may do everything: it takes no --scope."),
                (
                    ["--organization", other],
                    "A token of kind organization, and a key of Kirim's dialect, speaks for exactly one; --kind user takes several."
                ),
                (
                    ["--organization", other, "--kind", "user"],
                    "A token of kind organization, and a key of Kirim's dialect, speaks for exactly one; --kind user takes several."
                ),
                (["--label", String(repeating: "x", count: 101)], "A label has at most 100 characters."),
                (["--dialect", "stripe"], "'stripe' is no dialect: --dialect takes polar or kirim."),
            ]
            for (arguments, message) in refused {
                try await expectRefusal(create + arguments, of: organization, message, folder)
            }
            #expect(try await clienteleJSON(["token", "list"], data: folder) == before)
        }
    }

    @Test func aRefusalIsOneLineAndChangesNothing() async throws {
        try await withFolder { folder in
            let organization = try await newOrganization(folder)
            let unknown = "14129b4f-bf86-4c59-a9e0-105428039983"
            for command in [
                ["plan", "set"], ["plan", "show"], ["plan", "remove"], ["limit", "set"], ["limit", "show"],
                ["limit", "remove"], ["team", "create", "Team"], ["team", "list"],
            ] {
                try await expectRefusal(command, of: unknown, "There is no such organization.", folder)
                try await expectRefusal(command, of: "acme", "'acme' is no organization's id.", folder)
            }
            let refused: [([String], String)] = [
                (["plan", "set", "--customers=-1"], "A plan has room for 0 customers or more."),
                (
                    ["plan", "set", "--without", "tea"],
                    "'tea' is no feature: --without takes customers, members, products, benefits, subscriptions, meters, events, webhooks."
                ),
                (["limit", "set", "--reads", "0"], "A limit is 1 to 1000000 calls a minute."),
                (["limit", "set", "--writes", "1000001"], "A limit is 1 to 1000000 calls a minute."),
                (["team", "create", " "], "A team needs a name of 1 to 200 characters."),
                (
                    ["team", "create", String(repeating: "x", count: 201)],
                    "A team needs a name of 1 to 200 characters."
                ),
            ]
            for (arguments, message) in refused {
                try await expectRefusal(arguments, of: organization, message, folder)
            }
            for command in ["plan", "limit"] {
                #expect(try await json([command, "show"], of: organization, folder) == .null)
            }
            #expect(try await json(["team", "list"], of: organization, folder).array?.count == 1)
        }
    }

    @Test func aRunningServerHeedsAPlanWhenTheCommandHasEnded() async throws {
        try await withFolder { folder in
            try await withServing(folder) { server in
                let id = try await organization(folder)
                func status(_ method: String, _ path: String, _ body: String? = nil) async throws -> Int {
                    try await server.call(method, path, body: body).status
                }
                #expect(try await status("GET", "/v1/customers") == 200)
                _ = try await json(["plan", "set", "--inactive"], of: id, folder)
                #expect(try await status("GET", "/v1/customers") == 402)
                _ = try await json(["plan", "set", "--without", "customers", "--customers", "1"], of: id, folder)
                #expect(try await status("GET", "/v1/customers") == 402)
                #expect(try await status("GET", "/v1/products") == 200)
                _ = try await json(["plan", "set", "--customers", "1"], of: id, folder)
                #expect(try await status("POST", "/v1/customers", #"{"email":"a@example.com"}"#) == 201)
                #expect(try await status("POST", "/v1/customers", #"{"email":"b@example.com"}"#) == 402)
                _ = try await json(["plan", "remove"], of: id, folder)
                #expect(try await status("POST", "/v1/customers", #"{"email":"b@example.com"}"#) == 201)
            }
        }
    }

    @Test func aRunningServerHeedsLimitsWhenTheCommandHasEnded() async throws {
        try await withFolder { folder in
            try await withServing(folder) { server in
                let id = try await organization(folder)
                #expect(try await server.call("GET", "/v1/customers").status == 200)
                _ = try await json(["limit", "set", "--reads", "2"], of: id, folder)
                var statuses: [Int] = []
                for _ in 0..<3 { statuses.append(try await server.call("GET", "/v1/customers").status) }
                #expect(statuses == [200, 200, 429])
                let body = #"{"email":"a@example.com"}"#
                #expect(try await server.call("POST", "/v1/customers", body: body).status == 201)
                _ = try await json(["limit", "remove"], of: id, folder)
                #expect(try await server.call("GET", "/v1/customers").status == 200)
            }
        }
    }

    /// The only organization of a data folder.
    private func organization(_ folder: String) async throws -> String {
        let list = try await clienteleJSON(["organization", "list"], data: folder)
        return try #require(list.array?.first?["id"]?.string)
    }

    private func json(_ arguments: [String], of organization: String, _ folder: String) async throws -> JSON {
        try await clienteleJSON(arguments + ["--organization", organization], data: folder)
    }

    private func run(_ arguments: [String], of organization: String, _ folder: String) async throws -> CommandResult {
        try await clientele(arguments + ["--organization", organization, "--data-dir", folder])
    }

    /// Expects that a command says, as JSON and to people, how things are then, and that `show` says the same.
    private func expect(
        _ command: String,
        _ arguments: [String],
        _ organization: String,
        _ json: JSON,
        _ text: String,
        _ folder: String
    ) async throws {
        #expect(try await self.json([command] + arguments, of: organization, folder) == json)
        #expect(try await self.json([command, "show"], of: organization, folder) == json)
        #expect(try await run([command] + arguments, of: organization, folder).output == text)
        #expect(try await run([command, "show"], of: organization, folder).output == text)
    }

    /// Expects one line on standard error, with and without JSON, and nothing else.
    private func expectRefusal(
        _ arguments: [String],
        of organization: String,
        _ message: String,
        _ folder: String
    ) async throws {
        for format in [[], ["--json"]] {
            let result = try await run(arguments + format, of: organization, folder)
            #expect(result.status != 0 && result.output.isEmpty, "\(arguments)")
            #expect(result.errors == "Error: \(message)\n", "\(arguments)")
        }
    }
}
