import CLibPQ

extension PostgresConnection {
    /// Runs several reads, whose first statements make one trip together, and gives what answers their callers.
    func read(_ reads: [PostgresRead]) throws -> [() -> Void] {
        let firsts = reads.map { FirstStatement(of: $0) }
        let results = try together(firsts.compactMap { $0.statement })
        defer { for result in results { PQclear(result) } }
        var remaining = results[...]
        return try zip(reads, firsts).map { read, first in
            guard first.statement != nil, let result = remaining.popFirst() else { return try read.attempt(self) }
            return try read.attempt(AnsweredSession(connection: self, first: result))
        }
    }
}

/// Finds out what a read asks first, by running its body up to there.
private final class FirstStatement: SQLSession {
    private struct Found: Error {}

    let dialect = SQLDialect.postgres
    /// Nil where the body does not begin with a statement that can be sent ahead.
    private(set) var statement: (sql: String, arguments: [SQLValue])?

    init(of read: PostgresRead) { _ = try? read.attempt(self) }

    func run(_ sql: String, _ arguments: [SQLValue], _ body: (any SQLRow) throws -> Void) throws {
        if statement == nil { statement = (sql, arguments) }
        throw Found()
    }

    func execute(_ sql: String, _ arguments: [SQLValue]) throws { throw Found() }
    func snapshot<T>(_ body: () throws -> T) throws -> T { throw Found() }
    func script(_ sql: String) throws { throw Found() }
}

/// A session whose first statement has been answered already.
private final class AnsweredSession: SQLSession {
    let dialect = SQLDialect.postgres
    private let connection: PostgresConnection
    private var first: OpaquePointer?

    init(connection: PostgresConnection, first: OpaquePointer) {
        self.connection = connection
        self.first = first
    }

    func run(_ sql: String, _ arguments: [SQLValue], _ body: (any SQLRow) throws -> Void) throws {
        guard let result = first else { return try connection.run(sql, arguments, body) }
        first = nil
        for row in 0..<PQntuples(result) { try body(PostgresRow(result: result, row: row)) }
    }

    func execute(_ sql: String, _ arguments: [SQLValue]) throws { try connection.execute(sql, arguments) }
    func snapshot<T>(_ body: () throws -> T) throws -> T { try connection.snapshot(body) }
    func script(_ sql: String) throws { try connection.script(sql) }
}
