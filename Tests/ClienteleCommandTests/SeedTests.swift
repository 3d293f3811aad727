import ClienteleJSON
import ClienteleTestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct SeedTests {
    @Test func makesItsCustomersInANewOrganization() async throws {
        try await withFolder { folder in
            let result = try await clienteleJSON(["seed", "--customers", "30"], data: folder)
            #expect(result.object?.map(\.name) == ["organization_id", "customers"])
            let organizations = try await clienteleJSON(["organization", "list"], data: folder)
            #expect(organizations.array?.map { $0["name"] } == ["Seeded"])
            #expect(organizations.array?.map { $0["id"] } == [result["organization_id"]])
        }
    }

    @Test func tellsPeopleWhatItMade() async throws {
        try await withFolder { folder in
            let result = try await clientele(["seed", "--customers", "3", "--data-dir", folder])
            let organizations = try await clienteleJSON(["organization", "list"], data: folder)
            let id = organizations.array?.first?["id"]?.string ?? ""
            #expect(result.output == "Made 3 customers in the organization \(id).\n")
            #expect(result.errors.isEmpty)
        }
    }

    @Test func theSameCallMakesTheSameCustomers() async throws {
        try await withFolder { folder in
            var exports: [[String]] = []
            for _ in 1...2 {
                let made = try await clienteleJSON(["seed", "--customers", "20"], data: folder)
                let organization = try #require(made["organization_id"]?.string)
                let arguments = ["token", "create", "--organization", organization, "--scope", "all"]
                let token = try await clienteleJSON(arguments, data: folder)["token"]?.string
                let items = try await withServing(folder) { server in
                    try await server.call("GET", "/v1/customers?limit=100", token: token).json["items"]?.array ?? []
                }
                let own: Set<String> = ["id", "created_at", "organization_id"]
                exports.append(
                    items.map { JSON.object(($0.object ?? []).filter { !own.contains($0.name) }).text }.sorted()
                )
            }
            #expect(exports[0].count == 20)
            #expect(exports[0] == exports[1])
        }
    }

    @Test(arguments: ["-1", "many", ""])
    func refusesANumberThatIsNone(number: String) async throws {
        try await withFolder { folder in
            let result = try await clientele(["seed", "--customers=\(number)", "--data-dir", folder])
            #expect(result.status != 0)
            #expect(result.output.isEmpty)
            #expect(result.complaints.count == 1)
            #expect(try await clienteleJSON(["organization", "list"], data: folder) == [])
        }
    }

    @Test func refusesAnOrganizationThatItDoesNotKnow() async throws {
        try await withFolder { folder async throws in
            let id = "14129b4f-bf86-4c59-a9e0-105428039983"
            let arguments = ["seed", "--customers", "1", "--data-dir", folder, "--organization"]
            #expect(try await clientele(arguments + ["acme"]).complaints == ["Error: 'acme' is no organization's id."])
            let unknown = try await clientele(arguments + [id])
            #expect(unknown.status != 0)
            #expect(unknown.output.isEmpty)
            #expect(unknown.errors == "Error: There is no organization \(id).\n")
        }
    }

    @Test func refusesToSeedAnOrganizationTwice() async throws {
        try await withFolder { folder in
            let organization = try await newOrganization(folder)
            let arguments = ["seed", "--customers", "5", "--organization", organization, "--data-dir", folder]
            #expect(try await clientele(arguments).status == 0)
            let again = try await clientele(arguments)
            #expect(again.status != 0)
            #expect(again.output.isEmpty)
            #expect(again.complaints.count == 1)
            #expect(!again.errors.contains("emailTaken"))
        }
    }
}
