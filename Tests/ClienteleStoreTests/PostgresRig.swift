import ClienteleStore
import ClienteleTestSupport
import Dispatch
import Foundation
import Synchronization

/// An engine of PostgreSQL on a schema of its own, and a second one that looks on.
struct PostgresRig: Sendable {
    let address: String
    let store: SQLStore
    /// Has connections that none of the first one's limits and losses are about.
    let other: any SQLEngine
    /// By which PostgreSQL tells the engine's connections from all others.
    let name: String

    var engine: any SQLEngine { store.engine }

    /// The processes of PostgreSQL that serve the engine's connections.
    func backends() async throws -> [Int64] {
        try await other.readPoint { [name] session in
            try session.rows("SELECT pid FROM pg_stat_activity WHERE application_name = $1", [.text(name)]) {
                $0.integer(0) ?? 0
            }
        }
    }

    /// Ends those processes as an operator would, and waits until they are gone.
    func endBackends() async throws { for backend in try await backends() { try await end(backend) } }

    /// Waits until as many of them wait for a lock that another transaction holds, unless that is no longer to be expected.
    func waitForLockWaiters(_ count: Int, unless isOver: () -> Bool = { false }) async throws {
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND wait_event_type = 'Lock'"
        while !isOver() {
            let waiting = try await other.readPoint { [name] in try $0.count(sql, [.text(name)]) }
            if waiting >= count { return }
        }
    }

    func end(_ backend: Int64) async throws {
        try await other.readPoint { session in
            _ = try session.count("SELECT pg_terminate_backend($1::int, 5000)::int", [.integer(backend)])
        }
    }

    /// Opens a store on the same schema.
    func withSecondStore<Value>(_ body: (SQLStore) async throws -> Value) async throws -> Value {
        try await withPostgresStore(address, body)
    }
}

/// Runs `body` with an engine that has a table of notes, one of them -1, and leaves nothing behind.
func withRig<Value>(
    connections: Int = 4,
    statementTimeoutSeconds: Int = PostgresConfiguration.defaultStatementTimeoutSeconds,
    _ body: (PostgresRig) async throws -> Value
) async throws -> Value {
    try await withSchema { address in
        let name = "rig-\(UUID())"
        return try await withPostgresStore(
            address + "&application_name=\(name)",
            connections: connections,
            statementTimeoutSeconds: statementTimeoutSeconds
        ) { store in
            try await store.engine.makeNotes()
            return try await withPostgresStore(address, connections: 2) { other in
                try await body(PostgresRig(address: address, store: store, other: other.engine, name: name))
            }
        }
    }
}

/// Runs `body` with one of perhaps several stores on a schema.
func withPostgresStore<Value>(
    _ address: String,
    connections: Int = 6,
    statementTimeoutSeconds: Int = PostgresConfiguration.defaultStatementTimeoutSeconds,
    _ body: (SQLStore) async throws -> Value
) async throws -> Value {
    let configuration = try PostgresConfiguration(
        address: address,
        connections: connections,
        statementTimeoutSeconds: statementTimeoutSeconds
    )
    return try await withStore(at: .postgres(configuration), body)
}

/// How often something happened.
final class Counter: Sendable {
    private let state = Mutex(0)

    var count: Int { state.withLock { $0 } }

    /// Counts once more, and gives the new count.
    @discardableResult func add() -> Int {
        state.withLock {
            $0 += 1
            return $0
        }
    }
}

/// Holds the thread of a transaction until a test has done something beside it.
final class Gate: Sendable {
    private struct Shut: Error {}

    private let (arrivals, continuation) = AsyncStream<Int64>.makeStream()
    private let opened = DispatchSemaphore(value: 0)

    /// Called by the transaction: waits until the gate is opened.
    func pass(_ session: any SQLSession) throws {
        continuation.yield(Int64(try session.count("SELECT pg_backend_pid()", [])))
        guard opened.wait(timeout: .now() + 20) == .success else { throw Shut() }
    }

    /// Called by a transaction that has no session at hand.
    func hold() {
        continuation.yield(0)
        _ = opened.wait(timeout: .now() + 20)
    }

    /// Waits until a transaction stands before the gate, and gives the process of PostgreSQL that serves it.
    func arrival() async throws -> Int64 {
        guard let backend = await arrivals.first(where: { _ in true }) else { throw Shut() }
        return backend
    }

    func open() { opened.signal() }
}

/// Lets two transactions go on once both have come.
final class Meeting: Sendable {
    private struct Missed: Error {}

    private let seats = [DispatchSemaphore(value: 0), DispatchSemaphore(value: 0)]

    func attend(_ seat: Int) throws {
        seats[1 - seat].signal()
        guard seats[seat].wait(timeout: .now() + 20) == .success else { throw Missed() }
    }
}
