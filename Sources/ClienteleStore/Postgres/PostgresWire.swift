import CLibPQ

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// libpq, in pipeline mode and with an end to every wait.
///
/// Used by one thread at a time, by its connection alone.
final class PostgresWire {
    private let handle: OpaquePointer
    /// How long the server may be silent, in seconds: somewhat longer than it takes to end a statement itself.
    private let patienceSeconds: Int?

    init(_ configuration: PostgresConfiguration) throws {
        let handle = Self.connect(configuration.parameters)
        guard let handle, PQstatus(handle) == CONNECTION_OK else {
            let reason = handle.map { Self.oneLine(PQerrorMessage($0)) } ?? "out of memory"
            PQfinish(handle)
            throw SQLError(.unavailable, "PostgreSQL cannot be reached: \(reason)")
        }
        self.handle = handle
        let timeout = configuration.statementTimeoutSeconds
        self.patienceSeconds = timeout == 0 ? nil : timeout + 1
        // Else libpq prints notices, such as that a table exists already.
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
        PQsetnonblocking(handle, 1)
        PQenterPipelineMode(handle)
    }

    deinit { PQfinish(handle) }

    /// Whether no call has found the other side gone.
    var isSound: Bool { PQstatus(handle) == CONNECTION_OK }

    /// Whether the other side is there, as far as can be told without asking it.
    var isAlive: Bool {
        // What is there may be results, a notice or a farewell; behind a farewell is the end.
        while isReadable(withinMilliseconds: 0, events: POLLIN) {
            guard PQconsumeInput(handle) == 1 else { return false }
        }
        return isSound
    }

    func prepare(_ name: String, _ sql: String, _ arguments: PostgresArguments) throws {
        guard PQsendPrepare(handle, name, sql, arguments.count, arguments.types) == 1 else { throw lost() }
    }

    func send(statement name: String, _ arguments: PostgresArguments) throws {
        let sent = arguments.withPointers { values, lengths, formats in
            PQsendQueryPrepared(handle, name, arguments.count, values, lengths, formats, 1)
        }
        guard sent == 1 else { throw lost() }
    }

    func send(text sql: String) throws {
        guard PQsendQueryParams(handle, sql, 0, nil, nil, nil, nil, 1) == 1 else { throw lost() }
    }

    /// The command that failed, counted from 0, while the results of some were read.
    struct Failure: Error {
        let command: Int
        let error: SQLError
        /// Whether the server said so itself.
        let isAnswer: Bool
    }

    /// Sends what waits to be sent, reads the results of so many commands, and gives those of some, to be cleared.
    ///
    /// The places of those are counted from 0 and grow. Throws the first failure of any.
    func settle(_ commands: Int, keeping places: [Int]) throws(Failure) -> [OpaquePointer] {
        // Each command may take its time.
        var deadline: ContinuousClock.Instant? { patienceSeconds.map { ContinuousClock.now + .seconds($0) } }
        var command = 0
        var kept: [OpaquePointer] = []
        var failure: Failure?
        do throws(SQLError) {
            guard PQpipelineSync(handle) == 1 else { throw lost() }
            try flush(until: deadline)
            while command < commands {
                while let result = try nextResult(until: deadline) {
                    if failure == nil, let error = error(in: result) {
                        let isAnswer = PQresultErrorField(result, Self.sqlStateField) != nil
                        failure = Failure(command: command, error: error, isAnswer: isAnswer)
                    }
                    if failure == nil, kept.count < places.count, places[kept.count] == command {
                        kept.append(result)
                    } else {
                        PQclear(result)
                    }
                }
                command += 1
            }
            PQclear(try nextResult(until: deadline))
        } catch {
            for result in kept { PQclear(result) }
            // What ended the connection was told before the connection ended.
            throw failure ?? Failure(command: command, error: error, isAnswer: false)
        }
        guard let failure else { return kept }
        for result in kept { PQclear(result) }
        throw failure
    }

    /// Runs several statements at once, with nobody else's under way and for as long as they take.
    func script(_ sql: String) throws { try outsidePipeline { try check(PQexec(handle, sql)) } }

    /// Sends the rows for a statement that copies them from its client, in the text format.
    func copy(_ rows: [[SQLValue]], _ statement: String) throws {
        try outsidePipeline {
            try check(PQexec(handle, statement))
            var text = ""
            for row in rows { text += row.map(\.copyText).joined(separator: "\t") + "\n" }
            let isSent = text.withUTF8 { utf8 in
                utf8.withMemoryRebound(to: CChar.self) { PQputCopyData(handle, $0.baseAddress, Int32($0.count)) }
            }
            guard isSent == 1, PQputCopyEnd(handle, nil) == 1 else { throw lost() }
            while let result = PQgetResult(handle) { try check(result) }
        }
    }

    private func outsidePipeline(_ body: () throws -> Void) throws {
        PQexitPipelineMode(handle)
        PQsetnonblocking(handle, 0)
        defer {
            PQsetnonblocking(handle, 1)
            PQenterPipelineMode(handle)
        }
        try body()
    }

    private func check(_ result: OpaquePointer?) throws {
        defer { PQclear(result) }
        guard let result else { throw lost() }
        if let error = error(in: result) { throw error }
    }

    private func flush(until deadline: ContinuousClock.Instant?) throws(SQLError) {
        while true {
            switch PQflush(handle) {
            case 0: return
            case 1:
                // The server may have to be read from before it takes more.
                try wait(for: POLLIN | POLLOUT, until: deadline)
                guard PQconsumeInput(handle) == 1 else { throw lost() }
            default: throw lost()
            }
        }
    }

    private func nextResult(until deadline: ContinuousClock.Instant?) throws(SQLError) -> OpaquePointer? {
        while PQisBusy(handle) == 1 {
            try wait(for: POLLIN, until: deadline)
            guard PQconsumeInput(handle) == 1 else { throw lost() }
        }
        return PQgetResult(handle)
    }

    private func wait(for events: Int32, until deadline: ContinuousClock.Instant?) throws(SQLError) {
        let milliseconds = deadline.map { deadline in
            let left = (deadline - .now).components
            return Int32(clamping: max(0, left.seconds * 1_000 + left.attoseconds / 1_000_000_000_000_000 + 1))
        }
        guard isReadable(withinMilliseconds: milliseconds ?? -1, events: events) else {
            // Nothing can be known of this connection any more.
            shutdown(PQsocket(handle), Int32(SHUT_RDWR))
            throw SQLError(.connectionLost, "PostgreSQL did not answer within \(patienceSeconds ?? 0) seconds")
        }
    }

    private func isReadable(withinMilliseconds milliseconds: Int32, events: Int32) -> Bool {
        var descriptor = pollfd(fd: PQsocket(handle), events: Int16(events), revents: 0)
        while true {
            let found = poll(&descriptor, 1, milliseconds)
            if found >= 0 || errno != EINTR { return found != 0 }
        }
    }

    private func error(in result: OpaquePointer) -> SQLError? {
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_COPY_IN: return nil
        default:
            guard let state = PQresultErrorField(result, Self.sqlStateField) else { return lost() }
            // Only what is wrong: the details quote the row, which holds personal data.
            let fields = (["S", "M", "n"] as [Unicode.Scalar]).map { field in
                PQresultErrorField(result, Int32(field.value)).map { String(cString: $0) } ?? ""
            }
            let constraint = fields[2].isEmpty ? "" : ", by \(fields[2])"
            return SQLError(sqlState: String(cString: state), message: "\(fields[0]): \(fields[1])\(constraint)")
        }
    }

    private static let sqlStateField = Int32(UInt8(ascii: "C"))

    private func lost() -> SQLError {
        SQLError(.connectionLost, "The connection to PostgreSQL was lost: \(Self.oneLine(PQerrorMessage(handle)))")
    }

    private static func connect(_ parameters: [(keyword: String, value: String)]) -> OpaquePointer? {
        let texts = parameters.flatMap { [strdup($0.keyword), strdup($0.value)] }
        defer { for text in texts { free(text) } }
        func list(_ remainder: Int) -> [UnsafePointer<CChar>?] {
            stride(from: remainder, to: texts.count, by: 2).map { UnsafePointer(texts[$0]) } + [nil]
        }
        return PQconnectdbParams(list(0), list(1), 0)
    }

    /// libpq ends its messages with a line break, and has some of several lines.
    private static func oneLine(_ message: UnsafeMutablePointer<CChar>?) -> String {
        let lines = message.map { String(cString: $0) }?.split(separator: "\n") ?? []
        let text = lines.map { $0.trimmingPrefix { $0 == " " || $0 == "\t" } }.joined(separator: "; ")
        return text.isEmpty ? "no reason was given" : text
    }
}

extension SQLError {
    /// Sorts an error by its code: PostgreSQL's manual, appendix A.
    init(sqlState: String, message: String) {
        let kind: Kind =
            switch sqlState {
            case "23505": .uniqueViolation
            case "23503": .foreignKeyViolation
            // Our own, of the trigger that holds customers to a plan.
            case "CQ001": .planExceeded
            case "40001", "40P01": .conflict
            // Statements that a change of the schema or a pooler took away, a server that has become a standby.
            case "0A000", "26000", "25006": .connectionStale
            default:
                if sqlState.hasPrefix("08") || sqlState.hasPrefix("57P") {
                    .connectionLost
                } else {
                    // Too few resources, a statement or a lock that took too long, the system.
                    ["53", "55P", "57", "58"].contains { sqlState.hasPrefix($0) } ? .unavailable : .other
                }
            }
        self.init(kind, "\(message) (SQLSTATE \(sqlState))")
    }
}
