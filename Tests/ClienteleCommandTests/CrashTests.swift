import ClienteleJSON
import ClienteleTestSupport
import Foundation
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10)))
struct CrashTests {
    private static let clients = 8

    @Test func losesNoCustomerThatItAcknowledgedWhenItIsKilled() async throws {
        try await withFolder { folder in
            let acknowledged = Acknowledged()
            let token = try await newToken(folder, ["--scope", "all"])
            for (round, kill) in [40, 170, 400].enumerated() {
                try await withServing(folder) { server in
                    try await createUntilKilled(server, token, round, kill, acknowledged)
                    #expect(await server.status == SIGKILL)
                }
                #expect(acknowledged.count >= kill)
                try await withServing(folder) { server in
                    let (total, listed) = try await onThread { try customers(port: server.port, token) }
                    #expect(total == Int64(listed.count))
                    #expect(acknowledged.ids.isSubset(of: listed))
                    // What each client had under way in each round may have been kept, but nothing else.
                    #expect(listed.count - acknowledged.count <= Self.clients * (round + 1))
                    let lost = try await onThread { try acknowledged.ids.filter { try !isReadable($0, server, token) } }
                    #expect(lost == [])
                }
            }
        }
    }

    /// Creates customers from all clients at once, and kills the server once `kill` of all rounds are acknowledged.
    private func createUntilKilled(
        _ server: ServerProcess,
        _ token: String,
        _ round: Int,
        _ kill: Int,
        _ acknowledged: Acknowledged
    ) async throws {
        try await withThrowingTaskGroup { group in
            for client in 0..<Self.clients {
                group.addTask {
                    try await onThread {
                        let connection = try HTTPConnection(port: server.port)
                        for number in 0... {
                            let body = #"{"email":"r\#(round)c\#(client)n\#(number)@example.com"}"#
                            let request = HTTPRequest("POST", "/v1/customers", token: token, body: body)
                            do {
                                try connection.send(request.text)
                                let answer = try connection.answer()
                                let id = answer.json["id"]?.string
                                guard answer.status == 201, let id else { throw CommandError(description: answer.body) }
                                if acknowledged.add(id) >= kill { server.send(SIGKILL) }
                            } catch is HTTPConnection.Cut {
                                return
                            }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}

/// The ids of the customers that were acknowledged.
private final class Acknowledged: Sendable {
    private let known = Mutex<Set<String>>([])

    var ids: Set<String> { known.withLock { $0 } }

    var count: Int { ids.count }

    /// Adds an id, and gives the number of them.
    func add(_ id: String) -> Int {
        known.withLock {
            $0.insert(id)
            return $0.count
        }
    }
}

/// What a full list says: the total that it tells, and the ids of all its pages.
private func customers(port: Int, _ token: String) throws -> (total: Int64?, ids: Set<String>) {
    let connection = try HTTPConnection(port: port)
    var ids: Set<String> = []
    for page in 1... {
        try connection.send(HTTPRequest("GET", "/v1/customers?limit=100&page=\(page)", token: token).text)
        let json = try connection.answer().json
        let items = json["items"]?.array ?? []
        ids.formUnion(items.compactMap { $0["id"]?.string })
        if items.isEmpty { return (json["pagination"]?["total_count"]?.integer, ids) }
    }
    return (nil, ids)
}

private func isReadable(_ id: String, _ server: ServerProcess, _ token: String) throws -> Bool {
    let connection = try HTTPConnection(port: server.port)
    try connection.send(HTTPRequest("GET", "/v1/customers/\(id)", token: token).text)
    return try connection.answer().json["id"] == .string(id)
}
