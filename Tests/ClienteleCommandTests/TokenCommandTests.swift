import ClienteleJSON
import ClienteleTestSupport
import Foundation
import Testing

@Suite(.timeLimit(.minutes(10)))
struct TokenCommandTests {
    private static let unknownID = "14129b4f-bf86-4c59-a9e0-105428039983"

    @Test func aTokenOfAnOrganizationSpeaksForExactlyOne() async throws {
        try await withFolder { folder in
            let one = try await newOrganization(folder)
            let two = try await newOrganization(folder)
            let both = ["--organization", one, "--organization", two, "--scope", "all"]
            try await expectRefusal(
                both,
                "A token of kind organization, and a key of Kirim's dialect, speaks for exactly one; --kind user takes several.",
                folder
            )
            let token = try await clienteleJSON(["token", "create", "--kind", "user"] + both, data: folder)
            #expect(token["kind"] == "user")
            #expect(Set(token["organization_ids"]?.array ?? []) == [.string(one), .string(two)])
            #expect(token["token"]?.string?.hasPrefix("clientele_pat_") == true)
        }
    }

    @Test func aUsersTokenReachesEachOfItsOrganizations() async throws {
        try await withFolder { folder in
            let one = try await newOrganization(folder)
            let two = try await newOrganization(folder)
            for organization in [one, two] {
                let seed = ["seed", "--customers", "1", "--organization", organization]
                #expect(try await clienteleJSON(seed, data: folder)["customers"] == 1)
            }
            let both = ["--organization", one, "--organization", two, "--scope", "all", "--kind", "user"]
            let token = try await clienteleJSON(["token", "create"] + both, data: folder)["token"]?.string
            let listed = try await withServing(folder) { try await $0.call("GET", "/v1/customers", token: token).json }
            let organizations = listed["items"]?.array?.compactMap { $0["organization_id"]?.string } ?? []
            #expect(organizations.sorted() == [one, two].sorted())
        }
    }

    @Test func refusesWhatItDoesNotKnow() async throws {
        try await withFolder { folder in
            let known = try await newOrganization(folder)
            let id = Self.unknownID
            try await expectRefusal(
                ["--organization", id, "--scope", "all"],
                "There is no organization \(id).",
                folder
            )
            try await expectRefusal(
                ["--organization", "acme", "--scope", "all"],
                "'acme' is no organization's id.",
                folder
            )
            try await expectRefusal(
                ["--organization", known, "--scope", "all", "--kind", "robot"],
                "'robot' is no kind of token: --kind takes organization or user.",
                folder
            )
            try await expectRefusal(
                ["--organization", known, "--scope", "customers:eat"],
                "'customers:eat' is no scope. The scopes are: all, ",
                folder
            )
            try await expectRefusal(["--scope", "all"], "Missing expected argument '--organization <id>", folder)
            try await expectRefusal(
                ["--organization", known],
                "Give what the token may do: --scope all, or some scopes.",
                folder
            )
        }
    }

    @Test func tellsEveryScopeThatThereIs() async throws {
        try await withFolder { folder in
            let organization = try await newOrganization(folder)
            let arguments = ["token", "create", "--organization", organization, "--scope"]
            let all = try await clienteleJSON(arguments + ["all"], data: folder)["scopes"]?.array?.compactMap(\.string)
            let refused = try await clientele(arguments + ["all:things", "--data-dir", folder])
            let told = refused.complaints.first?.split(separator: " are: all, ").last?.dropLast() ?? ""
            #expect(told.components(separatedBy: ", ") == all)
            #expect(
                Set(all ?? []).isSuperset(of: ["customers:read", "customers:write", "members:read", "members:write"])
            )
        }
    }

    @Test func aScopeIsAllThatATokenMayDo() async throws {
        try await withFolder { folder in
            let reading = try await newToken(folder, ["--scope", "customers:read"])
            let all = try await newToken(folder, ["--scope", "all"])
            try await withServing(folder) { server async throws in
                let body = #"{"email":"ada@example.com"}"#
                #expect(try await server.call("GET", "/v1/customers", token: reading).status == 200)
                #expect(try await server.call("POST", "/v1/customers", token: reading, body: body).status == 403)
                #expect(try await server.call("GET", "/v1/members", token: reading).status == 403)
                #expect(try await server.call("POST", "/v1/customers", token: all, body: body).status == 201)
                #expect(try await server.call("GET", "/v1/members", token: all).status == 200)
            }
        }
    }

    @Test(arguments: [
        ("90d", 7_776_000), ("12h", 43_200), ("30m", 1_800), ("7s", 7), ("0s", 0), ("36500d", 3_153_600_000),
    ])
    func aTokenExpiresAfterTheTimeThatWasAskedFor(text: String, seconds: Double) async throws {
        try await withFolder { folder in
            let organization = try await newOrganization(folder)
            let arguments = ["--organization", organization, "--scope", "all", "--expires-in", text]
            let token = try await clienteleJSON(["token", "create"] + arguments, data: folder)
            let created = try #require(token["created_at"]?.string)
            let expires = try #require(token["expires_at"]?.string)
            #expect(try moment(expires).timeIntervalSince(try moment(created)) == seconds)
            #expect(expires.suffix(8) == created.suffix(8))
        }
    }

    @Test func anExpiredTokenOpensNothing() async throws {
        try await withFolder { folder in
            let expired = try await newToken(folder, ["--scope", "all", "--expires-in", "0s"])
            let fresh = try await newToken(folder, ["--scope", "all", "--expires-in", "12h"])
            try await withServing(folder) { server async throws in
                #expect(try await server.call("GET", "/v1/customers", token: expired).status == 401)
                #expect(try await server.call("GET", "/v1/customers", token: fresh).status == 200)
            }
        }
    }

    @Test(
        arguments: ["90", "d", "1w", "1.5h", "90 d", "-1d", "36501d", "9223372036854775807d", "99999999999999999999s"]
    )
    func refusesATimeThatIsNone(text: String) async throws {
        try await withFolder { folder in
            let arguments = ["--organization", Self.unknownID, "--scope", "all", "--expires-in=\(text)"]
            let message = "'\(text)' is no time such as 90d, 12h, 30m or 0s, of at most 36500d."
            try await expectRefusal(arguments, message, folder)
        }
    }

    @Test func tellsTheSecretOnceAndNeverAgain() async throws {
        try await withFolder { folder in
            let organization = try await newOrganization(folder)
            let made = try await clientele(
                ["token", "create", "--organization", organization, "--scope", "all", "--json", "--data-dir", folder]
            )
            let secret = try #require(try made.json["token"]?.string)
            #expect(secret.wholeMatch(of: /clientele_oat_[0-9A-Za-z]{43}/) != nil)
            #expect(made.output.components(separatedBy: secret).count == 2)
            #expect(!made.errors.contains(secret))
            for format in [[], ["--json"]] {
                let list = try await clientele(["token", "list", "--data-dir", folder] + format)
                #expect(list.output.contains(organization))
                #expect(!list.output.contains("clientele_"))
                #expect(!list.output.contains(secret.suffix(43)))
            }
            for file in try FileManager.default.contentsOfDirectory(atPath: folder) {
                let bytes = try Data(contentsOf: URL(filePath: folder + "/" + file))
                #expect(bytes.firstRange(of: Data(secret.utf8)) == nil, "\(file) holds the secret")
            }
        }
    }

    /// Expects a refusal that begins with `message`, and that no token was made.
    private func expectRefusal(_ arguments: [String], _ message: String, _ folder: String) async throws {
        let before = try await clienteleJSON(["token", "list"], data: folder)
        let result = try await clientele(["token", "create", "--json", "--data-dir", folder] + arguments)
        #expect(result.status != 0)
        #expect(result.output.isEmpty)
        #expect(result.complaints.count == 1)
        #expect(result.complaints.first?.hasPrefix("Error: " + message) == true, "\(result.errors)")
        #expect(try await clienteleJSON(["token", "list"], data: folder) == before)
    }

    /// The whole seconds of a moment; its fraction is compared as text.
    private func moment(_ text: String) throws -> Date {
        try Date(text.prefix(19) + "Z", strategy: .iso8601)
    }
}

/// Makes a token of a new organization, and gives its secret.
func newToken(_ folder: String, _ arguments: [String]) async throws -> String {
    let organization = try await newOrganization(folder)
    let token = try await clienteleJSON(["token", "create", "--organization", organization] + arguments, data: folder)
    return try #require(token["token"]?.string)
}
