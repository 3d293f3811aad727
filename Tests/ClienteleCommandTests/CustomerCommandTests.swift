import ClienteleJSON
import Testing

/// `clientele customers` against a server, as a process.
@Suite(.timeLimit(.minutes(10)))
struct CustomerCommandTests {
    @Test func makesShowsChangesAndDeletes() async throws {
        try await withImport { server, _ in
            func run(_ arguments: String...) async throws -> CommandResult {
                try await clientele(["customers"] + arguments, environment: server.environment)
            }
            let made = try await run(
                "create",
                "--email",
                "ada@example.com",
                "--external-id",
                "ada",
                "--metadata",
                "seats=3",
                "--metadata",
                "plan=pro"
            ).json
            #expect(made["metadata"] == ["plan": "pro", "seats": 3])
            let id = try #require(made["id"]?.string)
            let changed = try await run("update", "ada", "--name", "Ada", "--metadata", "plan=", "--metadata", "x=true")
            #expect(try changed.json["name"] == "Ada")
            #expect(try changed.json["metadata"] == ["seats": 3, "x": true])
            #expect(try await run("get", id).json["external_id"] == "ada")
            #expect(try await run("get", "ada").json["id"] == .string(id))
            #expect(try await run("state", "ada").json["granted_benefits"] == [])
            let list = try await run("list", "--metadata", "seats=3").json
            #expect(list.array?.map { $0["id"] } == [.string(id)])
            #expect(try await run("list", "--query", "nobody").json == [])
            let export = try await run("export")
            #expect(export.output.contains("\r\n\(id),ada,"))
            #expect(try await run("delete", "ada", "--json").json == ["deleted": true])
            let gone = try await run("get", "ada")
            #expect(gone.status != 0)
            #expect(gone.complaints.first?.hasPrefix("Error: 404 ResourceNotFound") == true)
        }
    }

    @Test func listsAsManyAsItIsTold() async throws {
        try await withImport { server, _ in
            for number in 0..<130 {
                let body = #"{"email":"user\#(number)@example.com"}"#
                let made = try await server.call("POST", "/v1/customers", body: body)
                #expect(made.status == 201)
            }
            for (limit, count) in [("3", 3), ("0", 130), ("120", 120)] {
                let arguments = ["customers", "list", "--limit", limit]
                let list = try await clientele(arguments, environment: server.environment).json
                #expect(list.array?.count == count)
            }
        }
    }

    @Test(arguments: [
        (["CLIENTELE_TOKEN": ""], "CLIENTELE_TOKEN is not set"),
        (["CLIENTELE_SERVER": "localhost:8080"], "'localhost:8080' is no address of a server"),
        (["CLIENTELE_TOKEN": "wrong"], "401 invalid_token"),
        (["CLIENTELE_SERVER": "http://127.0.0.1:1"], "The server cannot be reached"),
    ])
    func saysWhyAServerCannotBeCalled(_ setting: [String: String], _ complaint: String) async throws {
        try await withImport { server, _ in
            let environment = server.environment.merging(setting) { $1 }
            let result = try await clientele(["customers", "list"], environment: environment)
            #expect(result.status != 0)
            #expect(result.complaints.first?.contains(complaint) == true, "\(result.errors)")
        }
    }
}
