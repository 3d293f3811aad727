import ClienteleJSON
import ClienteleTestSupport
import Foundation
import Testing

/// What commands print, for programs and for people.
@Suite(.timeLimit(.minutes(10)))
struct OutputTests {
    @Test func organizationsAsJSON() async throws {
        try await withFolder { folder in
            let first = try await clienteleJSON(["organization", "create", "Café \"one\""], data: folder)
            let second = try await clienteleJSON(["organization", "create", "  Two "], data: folder)
            #expect(first.object?.map(\.name) == ["id", "created_at", "name"])
            #expect(first["name"] == "Café \"one\"")
            #expect(second["name"] == "Two")
            #expect(try await clienteleJSON(["organization", "list"], data: folder) == [first, second])
        }
    }

    @Test func organizationsForPeople() async throws {
        try await withFolder { folder in
            let made = try await clientele(["organization", "create", "Acme", "--data-dir", folder])
            let id = try #require(made.outputLines.firstMatch(after: "id  "))
            #expect(UUID(uuidString: id) != nil)
            #expect(made.output == "id  \(id)\n")
            let list = try await clientele(["organization", "list", "--data-dir", folder])
            #expect(list.outputLines.count == 2)
            #expect(list.outputLines.first?.split(separator: " ") == ["ID", "CREATED", "NAME"])
            #expect(list.outputLines.last?.hasPrefix(id) == true)
            #expect(list.outputLines.last?.hasSuffix("  Acme") == true)
        }
    }

    @Test func nothingYetIsAnEmptyListAsJSON() async throws {
        try await withFolder { folder async throws in
            #expect(try await clienteleJSON(["organization", "list"], data: folder) == [])
            #expect(try await clienteleJSON(["token", "list"], data: folder) == [])
        }
    }

    @Test func tokensAsJSON() async throws {
        try await withFolder { folder in
            let organization = try await newOrganization(folder)
            let arguments = ["--organization", organization, "--scope", "members:read", "--scope", "customers:write"]
            let made = try await clienteleJSON(["token", "create"] + arguments, data: folder)
            let id = try #require(made["id"]?.string)
            #expect(
                made.object?.map(\.name) == [
                    "id", "dialect", "kind", "label", "last_four", "organization_ids", "scopes", "created_at",
                    "expires_at", "revoked_at", "token",
                ]
            )
            #expect(made["organization_ids"] == [.string(organization)])
            #expect(made["kind"] == "organization")
            #expect(made["scopes"] == ["customers:write", "members:read"])
            #expect(made["expires_at"] == .null)
            let listed = made.object?.filter { $0.name != "token" } ?? []
            #expect(try await clienteleJSON(["token", "list"], data: folder) == [.object(listed)])
            #expect(
                try await clienteleJSON(["token", "revoke", id], data: folder)
                    == ["id": .string(id), "revoked": true]
            )
            let tokens = try await clienteleJSON(["token", "list"], data: folder)
            #expect(tokens.array?.first?["revoked_at"]?.string != nil)
        }
    }

    @Test func tokensForPeople() async throws {
        try await withFolder { folder in
            let organization = try await newOrganization(folder)
            let made = try await clientele(
                ["token", "create", "--organization", organization, "--scope", "all", "--data-dir", folder]
            )
            let id = try #require(made.outputLines.firstMatch(after: "id     "))
            let secret = try #require(made.outputLines.firstMatch(after: "token  "))
            #expect(made.output == "id     \(id)\ntoken  \(secret)\n")
            #expect(
                try await cells(folder) == [
                    id, "polar", "organization", "-", String(secret.suffix(4)), organization, "never", "no", "all",
                ]
            )
            let revoked = try await clientele(["token", "revoke", id, "--data-dir", folder])
            #expect(revoked.output == "Revoked \(id).\n")
            #expect(
                try await cells(folder) == [
                    id, "polar", "organization", "-", String(secret.suffix(4)), organization, "never", "yes", "all",
                ]
            )
        }
    }

    @Test func aFailureIsOneLineAndPrintsNoJSON() async throws {
        try await withFolder { folder in
            let unknown = "14129b4f-bf86-4c59-a9e0-105428039983"
            let result = try await clientele(["token", "revoke", unknown, "--json", "--data-dir", folder])
            #expect(result.status != 0)
            #expect(result.output.isEmpty)
            #expect(result.errors == "Error: There is no such token.\n")
        }
    }

    @Test(arguments: ["", "  ", String(repeating: "x", count: 257)])
    func refusesANameThatIsNone(name: String) async throws {
        try await withFolder { folder in
            let result = try await clientele(["organization", "create", "--data-dir", folder, "--", name])
            #expect(result.status != 0)
            #expect(result.errors == "Error: An organization needs a name of 1 to 256 characters.\n")
            #expect(try await clienteleJSON(["organization", "list"], data: folder) == [])
        }
    }

    /// The one row of the table of tokens.
    private func cells(_ folder: String) async throws -> [String] {
        let lines = try await clientele(["token", "list", "--data-dir", folder]).outputLines
        #expect(lines.count == 2)
        #expect(
            lines.first?.split(separator: " ") == [
                "ID", "DIALECT", "KIND", "LABEL", "ENDS", "WITH", "ORGANIZATIONS", "EXPIRES", "REVOKED", "SCOPES",
            ]
        )
        return lines.last?.split(separator: " ").map(String.init) ?? []
    }
}

/// Makes an organization in a data folder, and gives its id.
func newOrganization(_ folder: String) async throws -> String {
    try #require(try await clienteleJSON(["organization", "create", "Acme"], data: folder)["id"]?.string)
}
