import ClienteleJSON
import ClienteleTestSupport
import Foundation
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10)))
struct KeyedCrashTests {
    private static let clients = 8

    /// In Kirim's dialect, where nothing but the key keeps a customer from being made twice.
    @Test func aKeyHasOneEffectAndOneAnswerAlsoWhenTheServerIsKilled() async throws {
        try await withFolder { folder in
            let organization = try await newOrganization(folder)
            let create = ["token", "create", "--dialect", "kirim", "--organization", organization]
            let token = try #require(try await clienteleJSON(create, data: folder)["token"]?.string)
            _ = try await clienteleJSON(["limit", "set", "--organization", organization], data: folder)
            let sent = Sent()
            for (round, kill) in [40, 300].enumerated() {
                try await withServing(folder) { server in
                    try await createUntilKilled(server, token, round, kill, sent)
                    #expect(await server.status == SIGKILL)
                }
                #expect(sent.answers.count >= kill)
                // Each client had at most one call under way.
                #expect(sent.keys.count - sent.answers.count <= Self.clients)
                try await withServing(folder) { server in
                    try await onThread { try resendAll(server, token, sent) }
                    // By now every key has its answer.
                    #expect(sent.answers.count == sent.keys.count)
                    try await onThread { try resendAll(server, token, sent) }
                    let made = try await onThread { try names(server, token) }
                    #expect(made.sorted() == sent.keys.sorted())
                }
            }
        }
    }

    /// Creates a customer for each key from all clients at once, and kills the server once `kill` were answered.
    private func createUntilKilled(
        _ server: ServerProcess,
        _ token: String,
        _ round: Int,
        _ kill: Int,
        _ sent: Sent
    ) async throws {
        try await withThrowingTaskGroup { group in
            for client in 0..<Self.clients {
                group.addTask {
                    try await onThread {
                        let connection = try HTTPConnection(port: server.port)
                        for number in 0... {
                            let key = "r\(round)c\(client)n\(number)"
                            do {
                                sent.note(key)
                                let answer = try connection.create(key, token)
                                guard answer.status == 201, answer.isReplayed == false else {
                                    throw CommandError(description: answer.body)
                                }
                                if sent.note(key, answer) >= kill { server.send(SIGKILL) }
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

    /// Sends every key again: what was answered is answered the same, and the others now, whether they had their effect or not.
    private func resendAll(_ server: ServerProcess, _ token: String, _ sent: Sent) throws {
        let connection = try HTTPConnection(port: server.port)
        for key in sent.keys {
            let answer = try connection.create(key, token)
            #expect(answer.status == 201 && answer.json["data"]?["name"] == .string(key), "\(key): \(answer.body)")
            if let first = sent.answers[key] {
                #expect(answer.body == first.body && answer.isReplayed == true, "\(key)")
            } else {
                sent.note(key, answer)
            }
        }
    }

    /// The names of all customers.
    private func names(_ server: ServerProcess, _ token: String) throws -> [String] {
        let connection = try HTTPConnection(port: server.port)
        var names: [String] = []
        var cursor: String?
        repeat {
            let path = "/v1/customers?limit=100" + (cursor.map { "&cursor=\($0)" } ?? "")
            try connection.send(HTTPRequest("GET", path, token: token).text)
            let json = try connection.answer().json
            names += json["data"]?.array?.compactMap { $0["name"]?.string } ?? []
            cursor = json["next_cursor"]?.string
        } while cursor != nil
        return names
    }
}

/// The keys that were sent, and the first answers to them that arrived.
private final class Sent: Sendable {
    private let known = Mutex<(keys: [String], answers: [String: HTTPAnswer])>(([], [:]))

    var keys: [String] { known.withLock { $0.keys } }
    var answers: [String: HTTPAnswer] { known.withLock { $0.answers } }

    func note(_ key: String) { known.withLock { $0.keys.append(key) } }

    /// Notes an answer, and gives the number of them.
    @discardableResult func note(_ key: String, _ answer: HTTPAnswer) -> Int {
        known.withLock {
            $0.answers[key] = answer
            return $0.answers.count
        }
    }
}

extension HTTPConnection {
    fileprivate func create(_ key: String, _ token: String) throws -> HTTPAnswer {
        let headers = ["Idempotency-Key": key]
        let body = #"{"name":"\#(key)"}"#
        try send(HTTPRequest("POST", "/v1/customers", token: token, body: body, headers: headers).text)
        return try answer()
    }
}

extension HTTPAnswer {
    /// Nil where the answer does not say.
    fileprivate var isReplayed: Bool? { headers["idempotent-replayed"].map { $0 == "true" } }
}
