import ClienteleStore
import Synchronization

/// Passes everything on to an engine, and notes what is read, and where it is told to also what is written.
final class RecordingEngine: SQLEngine {
    struct Statement: Sendable {
        let sql: String
        let arguments: [SQLValue]
    }

    let engine: any SQLEngine
    private let hearsWrites: Bool
    private let heard = Mutex<[Statement]>([])

    init(engine: any SQLEngine, hearsWrites: Bool = false) {
        self.engine = engine
        self.hearsWrites = hearsWrites
    }

    var dialect: SQLDialect { engine.dialect }
    var statements: [Statement] { heard.withLock { $0 } }

    func forget() { heard.withLock { $0 = [] } }

    func readPoint<T: Sendable>(_ body: @escaping @Sendable (any SQLSession) throws -> T) async throws -> T {
        try await engine.readPoint { try body(Session(session: $0, engine: self)) }
    }

    func read<T: Sendable>(_ body: @escaping @Sendable (any SQLSession) throws -> T) async throws -> T {
        try await engine.read { try body(Session(session: $0, engine: self)) }
    }

    func write<T: Sendable>(_ body: @escaping @Sendable (any SQLSession) throws -> T) async throws -> T {
        guard hearsWrites else { return try await engine.write(body) }
        return try await engine.write { try body(Session(session: $0, engine: self)) }
    }

    func close() async throws { try await engine.close() }

    private func hear(_ sql: String, _ arguments: [SQLValue]) {
        heard.withLock { $0.append(Statement(sql: sql, arguments: arguments)) }
    }

    private struct Session: SQLSession {
        let session: any SQLSession
        let engine: RecordingEngine

        func run(_ sql: String, _ arguments: [SQLValue], _ body: (any SQLRow) throws -> Void) throws {
            engine.hear(sql, arguments)
            try session.run(sql, arguments, body)
        }

        var dialect: SQLDialect { session.dialect }

        func execute(_ sql: String, _ arguments: [SQLValue]) throws {
            engine.hear(sql, arguments)
            try session.execute(sql, arguments)
        }

        func script(_ sql: String) throws { try session.script(sql) }

        func snapshot<T>(_ body: () throws -> T) throws -> T { try session.snapshot(body) }
    }
}
