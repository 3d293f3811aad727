import CLibPQ

/// One connection to PostgreSQL, with its prepared statements.
///
/// Statements go out in a pipeline: one whose rows nobody asks for is not waited for, but travels with the next that is
/// read, or with the commit. So its error may come to light only there.
///
/// Unchecked: one thread at a time has it, which the engine's list of idle connections sees to.
final class PostgresConnection: SQLSession, @unchecked Sendable {
    /// Prepared statements that are kept; beyond it all are let go.
    static let statementsMax = 256
    static let plansLifetime = Duration.seconds(10)

    let dialect = SQLDialect.postgres
    private let wire: PostgresWire
    private var statements: [String: String] = [:]
    private var statementsMade = 0
    /// Statements that commands under way prepare, each with its place among them.
    private var unconfirmed: [(sql: String, command: Int)] = []
    /// Commands whose results have not been read.
    private var underWay = 0
    private var isInTransaction = false
    private var plansMade = ContinuousClock.now
    /// Whether the connection was lost while a commit was under way.
    private(set) var mayHaveCommitted = false

    init(_ configuration: PostgresConfiguration) throws {
        self.wire = try PostgresWire(configuration)
        try execute("SET statement_timeout = '\(configuration.statementTimeoutSeconds)s'")
        // To compile a statement costs more than to run any of ours.
        try execute("SET jit = off")
        try settle()
    }

    /// Whether nothing is left of the last call that would disturb the next.
    var isSettled: Bool { underWay == 0 && !isInTransaction && wire.isSound }

    /// Whether the server is there, as far as can be told without asking it.
    var isAlive: Bool { wire.isAlive }

    func run(_ sql: String, _ arguments: [SQLValue], _ body: (any SQLRow) throws -> Void) throws {
        try send(sql, arguments)
        try settle { result in
            for row in 0..<PQntuples(result) { try body(PostgresRow(result: result, row: row)) }
        }
    }

    func execute(_ sql: String, _ arguments: [SQLValue]) throws { try send(sql, arguments) }

    func snapshot<T>(_ body: () throws -> T) throws -> T {
        guard !isInTransaction else { return try body() }
        return try transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") { _ in try body() }
    }

    func script(_ sql: String) throws {
        try settle()
        try wire.script("SET LOCAL statement_timeout = 0;\n" + sql)
    }

    /// Has statements planned anew where their plans are old; between transactions only.
    ///
    /// A plan that was good when the tables were small is kept until the server has gathered statistics about them, which may
    /// be minutes and many rows later: meanwhile it reads them from end to end, or by any index that is as good for small ones.
    func renewPlans(after lifetime: Duration = plansLifetime) throws {
        let now = ContinuousClock.now
        guard now - plansMade >= lifetime else { return }
        plansMade = now
        try execute("DISCARD PLANS")
        // By itself, since a transaction that says how it is isolated must be the first to say anything.
        try settle()
    }

    /// Adds rows to a table in bulk.
    func copy(_ rows: [[SQLValue]], into table: String, columns: [String]) throws {
        try settle()
        try wire.copy(rows, "COPY \(table) (\(columns.joined(separator: ", "))) FROM STDIN")
    }

    /// Has the planner learn what the tables hold now.
    func analyze() throws { try wire.script("ANALYZE") }

    /// Runs `body` between `begin` and a commit; where it throws, all is rolled back.
    func transaction<T>(_ begin: String, _ body: (any SQLSession) throws -> T) throws -> T {
        isInTransaction = true
        mayHaveCommitted = false
        do {
            try execute(begin)
            let value = try body(self)
            try commit()
            return value
        } catch {
            try? settle()
            try? execute("ROLLBACK")
            if (try? settle()) != nil { isInTransaction = false }
            throw error
        }
    }

    private func commit() throws {
        guard wire.isAlive else { throw SQLError(.connectionStale, "The connection to PostgreSQL was lost") }
        try execute("COMMIT")
        do {
            try settle { result in
                guard String(cString: PQcmdStatus(result)) == "COMMIT" else {
                    throw SQLError(.other, "PostgreSQL rolled a transaction back whose statements had failed")
                }
            }
        } catch let error as SQLError {
            mayHaveCommitted = error.kind == .connectionLost
            throw error
        }
        isInTransaction = false
    }

    /// Runs several statements in one trip, and gives their results, to be cleared; none where one fails.
    func together(_ statements: [(sql: String, arguments: [SQLValue])]) throws -> [OpaquePointer] {
        var places: [Int] = []
        for statement in statements {
            try send(statement.sql, statement.arguments)
            places.append(underWay - 1)
        }
        return try settle(keeping: places)
    }

    private func send(_ sql: String, _ arguments: [SQLValue]) throws {
        let arguments = PostgresArguments(arguments)
        let name = try statements[sql] ?? prepare(sql, arguments)
        try wire.send(statement: name, arguments)
        underWay += 1
    }

    private func prepare(_ sql: String, _ arguments: PostgresArguments) throws -> String {
        if statements.count >= Self.statementsMax {
            statements.removeAll(keepingCapacity: true)
            try wire.send(text: "DEALLOCATE ALL")
            underWay += 1
        }
        statementsMade += 1
        let name = "s\(statementsMade)"
        try wire.prepare(name, sql, arguments)
        statements[sql] = name
        unconfirmed.append((sql, underWay))
        underWay += 1
        return name
    }

    /// Waits for the results of all commands under way, and hands over that of the last.
    private func settle(_ body: (OpaquePointer) throws -> Void = { _ in }) throws {
        let results = try settle(keeping: [underWay - 1])
        defer { for result in results { PQclear(result) } }
        for result in results { try body(result) }
    }

    /// Waits for the results of all commands under way, and gives those of some, to be cleared.
    private func settle(keeping places: [Int]) throws -> [OpaquePointer] {
        guard underWay > 0 else { return [] }
        let commands = underWay
        let results: [OpaquePointer]
        do throws(PostgresWire.Failure) {
            results = try wire.settle(commands, keeping: places)
        } catch {
            // What was to be prepared by the command that failed, or after it, has not been.
            for (sql, command) in unconfirmed where command >= error.command { statements[sql] = nil }
            unconfirmed = []
            if wire.isSound { underWay = 0 }
            // A server that takes its leave in answer to a command has not heeded those after it, such as a commit.
            let wasHeeded = error.command == commands - 1 || !error.isAnswer
            guard error.error.kind == .connectionLost, !wasHeeded else { throw error.error }
            throw SQLError(.connectionStale, error.error.message)
        }
        underWay = 0
        unconfirmed.removeAll(keepingCapacity: true)
        return results
    }
}
