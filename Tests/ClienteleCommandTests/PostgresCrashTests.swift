import ClienteleJSON
import ClienteleTestSupport
import Foundation
import Synchronization
import Testing

/// What a client may rely on when servers, PostgreSQL or the network between them fail.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct PostgresCrashTests {
    @Test func losesNoCustomerWhenOneOfTwoServersIsKilled() async throws {
        try await withPostgres { postgres in
            try await withServing(database: postgres.address) { first in
                let token = first.token
                try await withServing(database: postgres.address) { second in
                    #expect(second.token == "")
                    let load = try await withLoad(on: [first.port, second.port], token: token) { load in
                        try await waitUntil("both have created") { load.acknowledged.count >= 100 }
                        second.send(SIGKILL)
                        #expect(await second.status == SIGKILL)
                        let kill = ContinuousClock.now
                        try await waitUntil("the other goes on") {
                            load.count(201, from: first.port, since: kill) >= 100
                        }
                        try await withServing(database: postgres.address) { again in
                            let start = ContinuousClock.now
                            load.turn(to: [first.port, again.port])
                            try await waitUntil("both create again") {
                                load.count(201, from: again.port, since: start) >= 100
                            }
                            load.turn(to: [first.port])
                            try await expectRecovery(load, within: 5)
                        }
                    }
                    let unexpected = load.answers.filter { !$0.isExpected && $0.status != 0 }
                    #expect(unexpected.isEmpty, "\(unexpected.prefix(5))")
                    #expect(load.answers.allSatisfy { $0.status != 0 || $0.port == second.port })
                    try await expectEachOnce(load, on: first, token)
                }
            }
        }
    }

    @Test func answersAgainByItselfWhenPostgresIsBack() async throws {
        try await withPostgres { postgres in
            try await withServing(database: postgres.address) { first in
                try await withServing(database: postgres.address) { second in
                    let ports = [first.port, second.port]
                    let load = try await withLoad(on: ports, token: first.token) { load in
                        for round in 1...2 {
                            try await waitUntil("both have created") { load.acknowledged.count >= 100 * round }
                            try await postgres.crash()
                            let crash = ContinuousClock.now
                            try await Task.sleep(for: .seconds(1))
                            try await postgres.start()
                            let start = ContinuousClock.now
                            for port in ports {
                                try await waitUntil("\(port) is well", seconds: 5) {
                                    load.count(201, from: port, since: start) > 0
                                }
                                #expect(load.count(503, from: port, since: crash) > 0)
                            }
                        }
                    }
                    let unexpected = load.answers.filter { !$0.isExpected }
                    #expect(unexpected.isEmpty, "\(unexpected.prefix(5))")
                    for server in [first, second] { try await expectEachOnce(load, on: server, first.token) }
                }
            }
        }
    }

    @Test func outlivesConnectionsThatAreResetAndRefused() async throws {
        try await withPostgres { postgres in
            let proxy = try NetworkProxy(to: postgres.port)
            let cut = postgres.address.replacing(":\(try postgres.port)/", with: ":\(proxy.port)/")
            try await withServing(database: cut) { server in
                let load = try await withLoad(on: [server.port], token: server.token) { load in
                    for round in 1...3 {
                        try await waitUntil("customers are created") { load.acknowledged.count >= 100 * round }
                        try await proxy.set(.refuse)
                        let start = ContinuousClock.now
                        try await waitUntil("calls are refused", seconds: 5) {
                            load.count(503, from: server.port, since: start) >= 50
                        }
                        try await proxy.set(.pass)
                        try await expectRecovery(load, within: 5)
                    }
                }
                let unexpected = load.answers.filter { !$0.isExpected }
                #expect(unexpected.isEmpty, "\(unexpected.prefix(5))")
                try await expectEachOnce(load, on: server, server.token)
            }
        }
    }

    @Test func outlivesANetworkThatSwallowsEverything() async throws {
        try await withPostgres { postgres in
            let proxy = try NetworkProxy(to: postgres.port)
            let cut = postgres.address.replacing(":\(try postgres.port)/", with: ":\(proxy.port)/")
            let environment = ["CLIENTELE_DATABASE_STATEMENT_TIMEOUT": "3"]
            try await withServing(database: cut, environment: environment) { server in
                let load = try await withLoad(on: [server.port], token: server.token) { load in
                    try await waitUntil("customers are created") { load.acknowledged.count >= 100 }
                    try await proxy.set(.swallow)
                    let start = ContinuousClock.now
                    try await Task.sleep(for: .seconds(6))
                    #expect(load.count(201, from: server.port, since: start) == 0)
                    try await proxy.set(.pass)
                    try await expectRecovery(load, within: 5)
                    #expect(load.answers.contains { $0.status == 503 && $0.end >= start })
                }
                let unexpected = load.answers.filter { !$0.isExpected }
                #expect(unexpected.isEmpty, "\(unexpected.prefix(5))")
                let slow = load.answers.filter { $0.end - $0.start >= .seconds(8) }
                #expect(slow.isEmpty, "\(slow.map { "\($0.status) after \($0.end - $0.start)" })")
                try await expectEachOnce(load, on: server, server.token)
            }
        }
    }

    @Test func aRevokedTokenIsRefusedByEveryServer() async throws {
        try await withPostgres { postgres in
            try await withServing(database: postgres.address) { first in
                try await withServing(database: postgres.address) { second in
                    let (servers, token) = ([first, second], first.token)
                    let tokens = try await clienteleJSON(["token", "list"], database: postgres.address)
                    let id = try #require(tokens.array?.first?["id"]?.string)
                    for server in servers {
                        #expect(try await server.call("GET", "/v1/customers", token: token).status == 200)
                    }
                    _ = try await clienteleJSON(["token", "revoke", id], database: postgres.address)
                    let deadline = ContinuousClock.now + .seconds(2)
                    for server in servers {
                        try await waitUntil("the token is refused", seconds: 2) {
                            try await server.call("GET", "/v1/customers", token: token).status == 401
                        }
                    }
                    #expect(ContinuousClock.now < deadline)
                    for server in servers {
                        #expect(try await server.call("GET", "/v1/customers", token: token).status == 401)
                    }
                }
            }
        }
    }

    @Test func makesOneOrganizationOfManyServersThatStartAtOnce() async throws {
        try await withPostgres { postgres in
            for round in 1...5 {
                let address = try await postgres.newDatabase("round\(round)")
                let tokens = try await withThrowingTaskGroup(of: String.self) { group in
                    for _ in 0..<2 { group.addTask { try await withServing(database: address) { $0.token } } }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                let told = tokens.filter { !$0.isEmpty }
                #expect(told.count == 1)
                #expect(try await clienteleJSON(["organization", "list"], database: address).array?.count == 1)
                #expect(try await clienteleJSON(["token", "list"], database: address).array?.count == 1)
                let status = try await withServing(database: address) { server in
                    try await server.call("GET", "/v1/customers", token: told.first ?? "").status
                }
                #expect(status == 200)
            }
        }
    }

    /// Expects every client to create a customer soon.
    private func expectRecovery(_ load: CustomerLoad, within seconds: Int) async throws {
        let start = ContinuousClock.now
        try await waitUntil("every client creates again", seconds: seconds) {
            Set(load.answers.filter { $0.status == 201 && $0.end >= start }.map(\.client)).count == CustomerLoad.clients
        }
    }

    /// Expects every customer that was acknowledged, and every one that was told to be there already, to be there once.
    private func expectEachOnce(_ load: CustomerLoad, on server: ServerProcess, _ token: String) async throws {
        let (total, kept) = try await onThread { try customers(port: server.port, token) }
        #expect(total == Int64(kept.count))
        #expect(Set(kept.map(\.email)).count == kept.count)
        let ids = Dictionary(kept.map { ($0.email, $0.id) }) { first, _ in first }
        let lost = load.acknowledged.filter { ids[$0.key] != $0.value }
        #expect(lost.isEmpty, "\(lost.prefix(5))")
        let denied = load.answers.filter { $0.status == 422 && ids[$0.email] == nil }
        #expect(denied.isEmpty, "\(denied.prefix(5))")
        #expect(Set(kept.map(\.email)).isSubset(of: load.answers.map(\.email)))
    }
}

private func clienteleJSON(_ arguments: [String], database address: String) async throws -> JSON {
    let result = try await clientele(arguments + ["--json", "--database", address])
    guard result.status == 0 else { throw CommandError(description: result.errors) }
    return try result.json
}

/// What a full list says: the total that it tells, and the customers of all its pages.
private func customers(port: Int, _ token: String) throws -> (total: Int64?, all: [(email: String, id: String)]) {
    let connection = try HTTPConnection(port: port)
    var all: [(email: String, id: String)] = []
    for page in 1... {
        try connection.send(HTTPRequest("GET", "/v1/customers?limit=100&page=\(page)", token: token).text)
        let json = try connection.answer().json
        let items = json["items"]?.array ?? []
        all += items.map { ($0["email"]?.string ?? "", $0["id"]?.string ?? "") }
        if items.isEmpty { return (json["pagination"]?["total_count"]?.integer, all) }
    }
    return (nil, all)
}
