import ClienteleJSON
import ClienteleTestSupport
import Foundation
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ServeTests {
    @Test func anEmptyFolderGetsOneOrganizationAndOneTokenThatIsToldOnce() async throws {
        try await withFolder { folder in
            let dataFolder = "Data folder: \(try realPath(folder))"
            let token = try await withServing(folder) { server async throws in
                #expect(server.lines.count == 5)
                #expect(server.lines.first == dataFolder)
                #expect(server.lines[1].hasPrefix("Made the organization \"My organization\", id "))
                #expect(server.token.wholeMatch(of: /clientele_oat_[0-9A-Za-z]{43}/) != nil)
                #expect(server.lines.last == "Serving on http://127.0.0.1:\(server.port); stop with Ctrl-C.")
                #expect(try await server.call("GET", "/v1/customers").status == 200)
                #expect(try await server.call("GET", "/v1/customers", token: "").status == 401)
                #expect(try server.log.allSatisfy { !$0.contains(server.token) })
                return server.token
            }
            try await withServing(folder) { server async throws in
                #expect(
                    server.lines == [
                        dataFolder,
                        "Serving on http://127.0.0.1:\(server.port); stop with Ctrl-C.",
                    ]
                )
                #expect(try await server.call("GET", "/v1/customers", token: token).status == 200)
            }
            #expect(try await clienteleJSON(["organization", "list"], data: folder).array?.count == 1)
            #expect(try await clienteleJSON(["token", "list"], data: folder).array?.count == 1)
        }
    }

    @Test func anOrganizationMadeByHandIsEnough() async throws {
        try await withFolder { folder in
            _ = try await newOrganization(folder)
            #expect(try await withServing(folder) { $0.lines.count } == 2)
            #expect(try await clienteleJSON(["organization", "list"], data: folder).array?.count == 1)
            #expect(try await clienteleJSON(["token", "list"], data: folder) == [])
        }
    }

    @Test func makesTheDataFolderForItsOwnerAlone() async throws {
        try await withFolder { folder in
            let data = folder + "/new/data"
            _ = try await newOrganization(data)
            for path in [folder + "/new", data] {
                let rights = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
                #expect(rights == 0o700)
            }
        }
    }

    @Test func keepsItsDataBelowTheWorkingFolderUnlessTold() async throws {
        try await withFolder { folder in
            let lines = try await withServing(folder, workingFolder: folder, givesDataFolder: false) { $0.lines }
            let path = try realPath(folder) + "/data"
            #expect(lines.first == "Data folder: \(path)")
            #expect(FileManager.default.fileExists(atPath: folder + "/data/clientele.sqlite"))
        }
    }

    @Test func aTokenMadeBesideTheRunningServerWorksAtOnce() async throws {
        try await withFolder { folder in
            try await withServing(folder) { server in
                for _ in 1...3 {
                    let token = try await newToken(folder, ["--scope", "customers:read"])
                    #expect(try await server.call("GET", "/v1/customers", token: token).status == 200)
                }
            }
        }
    }

    @Test func aTokenRevokedBesideTheRunningServerIsRefusedWithinSeconds() async throws {
        try await withFolder { folder in
            try await withServing(folder) { server in
                let tokens = try await clienteleJSON(["token", "list"], data: folder)
                let id = try #require(tokens.array?.first?["id"]?.string)
                #expect(try await server.call("GET", "/v1/customers").status == 200)
                _ = try await clienteleJSON(["token", "revoke", id], data: folder)
                // A second is promised; the rest is for a machine that is busy with other tests.
                try await waitUntil("the token is refused", seconds: 3) {
                    try await server.call("GET", "/v1/customers").status == 401
                }
                #expect(try await server.call("GET", "/v1/customers").json["error"] == "invalid_token")
            }
        }
    }

    @Test func customersSeededBesideTheRunningServerAreThere() async throws {
        try await withFolder { folder in
            try await withServing(folder) { server in
                let organizations = try await clienteleJSON(["organization", "list"], data: folder)
                let id = try #require(organizations.array?.first?["id"]?.string)
                let result = try await clienteleJSON(
                    ["seed", "--customers", "500", "--organization", id],
                    data: folder
                )
                #expect(result == ["organization_id": .string(id), "customers": 500])
                let page = try await server.call("GET", "/v1/customers?limit=1").json
                #expect(page["pagination"] == ["total_count": 500, "max_page": 500])
                let last = try await server.call("GET", "/v1/customers/external/user_499").json
                #expect(last["email"] == "customer499@mail499.example.com")
                #expect(last["organization_id"] == .string(id))
            }
        }
    }

    private func realPath(_ path: String) throws -> String {
        let resolved = try #require(realpath(path, nil))
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
