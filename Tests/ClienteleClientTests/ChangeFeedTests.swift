import ClienteleClient
import Foundation
import Synchronization
import Testing

/// Changes come once and in order, whatever happens to connections.
@Suite(.timeLimit(.minutes(1)))
struct ChangeFeedTests {
    /// How pieces of a stream may be cut.
    enum Cut: String, CaseIterable, CustomTestStringConvertible {
        case whole, bytes, returns, both

        var testDescription: String { rawValue }

        func pieces(_ text: String) -> [String] {
            switch self {
            case .whole: [text]
            case .bytes: text.map { String($0) }
            case .returns: [text.replacing("\n", with: "\r")]
            // A CRLF is one character in Swift, and is to be cut too.
            case .both: text.replacing("\n", with: "\r\n").unicodeScalars.map { String($0) }
            }
        }
    }

    @Test(arguments: Cut.allCases)
    func readsAStreamHoweverItIsCut(_ cut: Cut) async throws {
        let data = changeText(2).split(separator: ",", maxSplits: 1).joined(separator: ",\ndata: ")
        let text =
            "retry: 1000\n\n" + event(1) + ": heartbeat\n\n" + "event: later\ndata: {}\n\n"
            + "id: 2\nevent:customer.deleted\nunknown: x\ndata: \(data)\n\n"
        let server = ScriptedServer([.streams(cut.pieces(text))])
        let changes = try await walk(server, after: 0, count: 2)
        #expect(changes.map(\.sequence) == [1, 2])
        #expect(changes[1].type == .customerDeleted)
    }

    @Test func takesOnlyWholeBlocks() async throws {
        let server = ScriptedServer([
            .streams([event(1), "id: 2\ndata: {\"sequence\":2"], then: .breaks), .streams([event(2)]),
        ])
        #expect(try await walk(server, after: 0, count: 2).map(\.sequence) == [1, 2])
    }

    @Test func asksForWhatItWants() async throws {
        let server = ScriptedServer([.streams([event(8)])])
        let organization = UUID()
        let feed = server.client().changes.feed(after: 7, organizationID: organization)
        #expect(try await walk(feed, count: 1).map(\.sequence) == [8])
        let request = try #require(server.requests.first)
        let id = organization.uuidString.lowercased()
        #expect(request.head.path == "/base/v1/changes/stream?after=7&organization_id=\(id)")
        #expect(request.head.headerFields[.accept] == "text/event-stream")
        #expect(request.head.headerFields[named: "last-event-id"] == nil)
        #expect(request.timeout >= .seconds(86_400 * 365))
    }

    @Test func goesOnBehindTheLastChange() async throws {
        let server = ScriptedServer([
            .streams([event(17)], then: .breaks), .streams([]), .streams([event(18) + event(19)]),
        ])
        #expect(try await walk(server, after: nil, count: 3).map(\.sequence) == [17, 18, 19])
        #expect(server.requests.map { $0.head.path } == Array(repeating: "/base/v1/changes/stream", count: 3))
        #expect(server.requests.map { $0.head.headerFields[named: "last-event-id"] } == [nil, "17", "17"])
    }

    /// A server tells where the feed begins, so that what happens while a first connection is lost is not missed.
    @Test func goesOnWhereItBeganThoughNothingHadHappened() async throws {
        let server = ScriptedServer([.streams(["retry: 1\nid: 41\n\n"]), .streams([event(42)])])
        #expect(try await walk(server, after: nil, count: 1).map(\.sequence) == [42])
        #expect(server.requests.last?.head.headerFields[named: "last-event-id"] == "41")
    }

    @Test func dropsWhatItHadBefore() async throws {
        let server = ScriptedServer([
            .streams([event(1) + event(2) + event(1)]), .streams([event(2) + event(2) + event(3)]),
        ])
        #expect(try await walk(server, after: 0, count: 3).map(\.sequence) == [1, 2, 3])
    }

    @Test func readsWhatIsMissingFirst() async throws {
        let server = ScriptedServer([
            .streams([event(2) + event(6) + event(7)]), page([3, 4], hasMore: true), page([5, 6], hasMore: true),
        ])
        #expect(try await walk(server, after: 1, count: 6).map(\.sequence) == [2, 3, 4, 5, 6, 7])
        #expect(
            server.requests.map { $0.head.path } == [
                "/base/v1/changes/stream?after=1", "/base/v1/changes?after=2&limit=3",
                "/base/v1/changes?after=4&limit=1",
            ]
        )
    }

    @Test func readsWhatIsMissingThoughTheServerIsAwayForLong() async throws {
        let server = ScriptedServer(
            [.streams([event(3)])] + Array(repeating: .status(503), count: 9) + [page([2]), .streams([event(4)])]
        )
        #expect(try await walk(server, after: 1, count: 3).map(\.sequence) == [2, 3, 4])
        #expect(server.requests.last?.head.headerFields[named: "last-event-id"] == "3")
    }

    @Test func goesOnWhereTheServerHasNothingThatIsMissing() async throws {
        let server = ScriptedServer([.streams([event(3)]), page([])])
        #expect(try await walk(server, after: 1, count: 1).map(\.sequence) == [3])
    }

    @Test(arguments: [401, 403, 404, 410, 422])
    func endsWithWhatWouldNotPass(_ status: Int) async throws {
        let server = ScriptedServer([.status(status, [:], #"{"error":"Refused","detail":"no"}"#)])
        var walk = server.client().changes.feed(after: 1).makeAsyncIterator()
        let error = await failure { () async throws(ClienteleError) in try await walk.next() }
        #expect(error?.status == status)
        #expect(try await walk.next() == nil)
        #expect(server.requests.count == 1)
    }

    @Test func saysThatChangesAreGone() async throws {
        let body = #"{"error":"ChangesGone","detail":"Changes up to 900 are kept no longer."}"#
        let server = ScriptedServer([.streams([event(1)]), .status(410, [:], body)])
        let client = server.client()
        let error = await failure { () async throws(ClienteleError) in
            for try await _ in client.changes.feed(after: 0) {}
        }
        guard case .gone(let response)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(response.error == "ChangesGone")
    }

    @Test(arguments: [
        ScriptedServer.Answer.fails, .unreachable, .status(500), .status(501), .status(503), .status(429), .streams([]),
        .streams([], then: .breaks),
    ])
    func triesAgainWhatMayPass(_ answer: ScriptedServer.Answer) async throws {
        let server = ScriptedServer(Array(repeating: answer, count: 20) + [.streams([event(1)])])
        #expect(try await walk(server, after: 0, count: 1).map(\.sequence) == [1])
        #expect(server.requests.count == 21)
        // Half of a bound that doubles from 250 ms to 20 s.
        #expect(server.waits.first == .milliseconds(125))
        #expect(server.waits.last == .seconds(10))
    }

    @Test func beginsItsPausesAnewOnceItWasAnswered() async throws {
        let server = ScriptedServer([
            .status(503), .status(503), .streams([event(1)]), .status(503), .streams([event(2)]),
        ])
        _ = try await walk(server, after: 0, count: 2)
        #expect(
            server.waits == [.milliseconds(125), .milliseconds(250), .milliseconds(125), .milliseconds(250)]
        )
    }

    @Test func waitsAsLongAsTheServerAsks() async throws {
        let server = ScriptedServer([
            .streams(["retry: 1000\n\n"]), .status(429, ["retry-after": "7"]), .status(503, ["retry-after": "9999"]),
            .streams([event(1)]),
        ])
        _ = try await walk(server, after: 0, count: 1)
        #expect(
            server.waits == [.milliseconds(1_125), .milliseconds(7_250), .seconds(60) + .milliseconds(250)]
        )
    }

    @Test func comesBackAfterALongSilence() async throws {
        let server = ScriptedServer([.streams([event(1)], then: .hangs), .hangs, .streams([event(2)], then: .hangs)])
        let silence = Silence()
        let feed = server.client().changes.feed(after: 0) { try await silence.wait($0) }
        var walk = feed.makeAsyncIterator()
        #expect(try await walk.next()?.sequence == 1)
        silence.end(times: 2)
        #expect(try await walk.next()?.sequence == 2)
        #expect(server.requests.count == 3)
        #expect(silence.bounds == [.seconds(45)])
    }

    @Test func endsWithItsTask() async throws {
        let server = ScriptedServer([.streams([], then: .hangs)])
        let client = server.client()
        let task = Task { () -> ClienteleError? in
            await failure { () async throws(ClienteleError) in
                for try await _ in client.changes.feed(after: 0) {}
            }
        }
        await server.untilAsked()
        task.cancel()
        guard case .cancelled? = await task.value else {
            Issue.record("The walk went on.")
            return
        }
    }

    @Test func readsNoFurtherThanItIsAsked() async throws {
        let pulled = Atomic(0)
        let client = ClienteleClient(
            .polar,
            token: "t",
            transport: InMemoryTransport { _ in
                let pieces = AsyncStream {
                    Array(event(Int64(pulled.add(1, ordering: .relaxed).newValue)).utf8)
                }
                return ClientResponse(
                    head: HTTPResponse(status: .ok, headerFields: [.contentType: "text/event-stream; charset=utf-8"]),
                    body: ResponseBody(pieces)
                )
            }
        )
        #expect(try await walk(client.changes.feed(after: 0), count: 3).map(\.sequence) == [1, 2, 3])
        #expect(pulled.load(ordering: .relaxed) == 3)
    }

    @Test func refusesWhatIsNoStreamOfChanges() async throws {
        for answer: ScriptedServer.Answer in [
            .status(200, ["content-type": "text/html"], "<html>"), .streams(["id: 1\ndata: {\"sequence\":\"x\"}\n\n"]),
        ] {
            let client = ScriptedServer([answer]).client()
            let error = await failure { () async throws(ClienteleError) in
                for try await _ in client.changes.feed(after: 0) {}
            }
            guard case .decoding? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }
}

/// The list of changes, and what a change is.
struct ChangeTests {
    @Test func listsChangesThatAreKept() async throws {
        let server = ScriptedServer([page([3, 4], hasMore: true)])
        let read = try await server.client().changes.list(after: 2, limit: 2)
        #expect(read.items.map(\.sequence) == [3, 4])
        #expect(read.nextAfter == 4)
        #expect(read.hasMore)
        #expect(read.items.first?.wireText() == changeText(3))
        #expect(server.requests.first?.head.path == "/base/v1/changes?after=2&limit=2")
    }

    @Test func readsWhatAChangeSays() throws {
        let meter =
            #"{"id":"23eb134d-9003-44a7-9d4a-38f1a8036b23","created_at":"2026-11-29T04:00:00.000000Z","modified_at":null,"#
            + #""meter_id":"f9ec1797-5370-42ae-b7a9-c28415a296b6","consumed_units":12.0,"credited_units":10,"balance":-2.0}"#
        let change = try Change(wireText: changeText(17, type: "customer_meter.updated", data: meter))
        guard case .customerMeter(let read)? = change.payload else {
            Issue.record("\(String(describing: change.payload))")
            return
        }
        #expect(read.balance == -2)
        #expect(change.type == .customerMeterUpdated)
        #expect(change.timestamp == Date(timeIntervalSince1970: 1_795_924_800))
        #expect(change.customerID == UUID(uuidString: "5A3F0C0E-2F3B-4B57-9B0B-0B1F6D3F8A11"))
        #expect(change.stateVersion == 123)
        #expect(change.actor == nil)
    }

    @Test func readsAChangeWhoseRecordWasErased() throws {
        #expect(try Change(wireText: changeText(17, data: "null")).payload == nil)
    }

    /// A feed that stopped at a record of a later server could never go on.
    @Test(arguments: ["customer.updated", "order.paid"])
    func keepsTheJSONOfARecordThatItCannotRead(_ type: String) throws {
        let change = try Change(wireText: changeText(17, type: type, data: #"{"id":7}"#))
        #expect(change.payload == .unknown(["id": 7]))
    }

    @Test func passesARecordOnAsItWasWritten() throws {
        let data = #"{"a" : 1.50, "b":"\u00e9 \"}],{\\", "c":[1,{"data":2}], "d":1e2 }"#
        let change = try Change(wireText: changeText(17, data: data))
        #expect(change.text(of: "data") == data)
        #expect(change.text(of: "timestamp") == #""2026-11-29T04:00:00.000000Z""#)
        #expect(change.text(of: "nothing") == nil)
    }

    @Test func saysWhereAPageCannotBeRead() async throws {
        let body = #"{"items":[\#(changeText(1)),{"sequence":2,"type":5}],"next_after":2,"has_more":false}"#
        let client = ScriptedServer([.status(200, [:], body)]).client()
        let error = await failure { () async throws(ClienteleError) in try await client.changes.list() }
        guard case .decoding(let path, let reason, _)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(path == "items.1.type")
        #expect(reason == "is not a text")
    }
}

/// Tells a feed when it has waited for long enough.
private final class Silence: Sendable {
    private let ends = Mutex(0)
    private let waits = Mutex<Set<Duration>>([])

    var bounds: Set<Duration> { waits.withLock { $0 } }

    /// Has the next so many waits end at once.
    func end(times: Int) { ends.withLock { $0 = times } }

    func wait(_ duration: Duration) async throws {
        waits.withLock { _ = $0.insert(duration) }
        let isOver = ends.withLock { ends in
            guard ends > 0 else { return false }
            ends -= 1
            return true
        }
        if !isOver { try await Task.sleep(for: .seconds(86_400)) }
    }
}

private func changeText(_ sequence: Int64, type: String = "customer.deleted", data: String = "{}") -> String {
    #"{"sequence":\#(sequence),"type":"\#(type)","timestamp":"2026-11-29T04:00:00.000000Z","#
        + #""customer_id":"5a3f0c0e-2f3b-4b57-9b0b-0b1f6d3f8a11","state_version":123,"actor":null,"data":\#(data)}"#
}

private func event(_ sequence: Int64) -> String {
    "id: \(sequence)\nevent: customer.deleted\ndata: \(changeText(sequence))\n\n"
}

private func page(_ sequences: [Int64], hasMore: Bool = false) -> ScriptedServer.Answer {
    let items = sequences.map { changeText($0) }.joined(separator: ",")
    return .status(200, [:], #"{"items":[\#(items)],"next_after":\#(sequences.last ?? 0),"has_more":\#(hasMore)}"#)
}

private func walk(_ server: ScriptedServer, after: Int64?, count: Int) async throws -> [Change] {
    try await walk(server.client().changes.feed(after: after), count: count)
}

private func walk(_ feed: ChangeFeed, count: Int) async throws -> [Change] {
    var changes: [Change] = []
    for try await change in feed {
        changes.append(change)
        if changes.count == count { break }
    }
    return changes
}
