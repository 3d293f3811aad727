public import ClienteleCore

/// The store, written once.
///
/// The engine below it runs the text.
public struct SQLStore: Sendable {
    package let engine: any SQLEngine
    /// The time that changes are written with.
    private let now: @Sendable () -> Timestamp
    /// Tells that something was written by this process.
    public let writes = WriteSignal()
    /// The call with an idempotency key that the next write belongs to.
    var call: KeyedCall?

    package init(engine: any SQLEngine, surroundings: Surroundings = .system) {
        self.engine = engine
        self.now = surroundings.now
    }

    /// Ends all work and lets the database go.
    public func close() async throws { try await engine.close() }

    /// Whether the store answers; for a probe.
    public func isReady() async -> Bool {
        do {
            return try await engine.readPoint { try $0.count("SELECT count(*) FROM migrations", []) > 0 }
        } catch {
            return false
        }
    }

    func readPoint<T: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> T
    ) async throws(DomainError) -> T {
        do { return try await engine.readPoint(body) } catch { throw Self.domainError(error) }
    }

    func read<T: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> T
    ) async throws(DomainError) -> T {
        do { return try await engine.read(body) } catch { throw Self.domainError(error) }
    }

    func write<T: Sendable>(
        _ effect: @escaping @Sendable (any SQLSession) throws -> T
    ) async throws(DomainError) -> T {
        defer { writes.raise() }
        guard let call else { return try await transact(effect) }
        let deadline = ContinuousClock.now + KeyedCall.waitedFor
        while true {
            do {
                return try await transact(call.keeping(effect))
            } catch {
                // It holds no connection while it waits for another call of its key.
                guard case .keyInProgress = error, ContinuousClock.now < deadline else { throw error }
                do { try await Task.sleep(for: Self.keyPause) } catch { throw .keyInProgress }
            }
        }
    }

    /// How often a call looks again whether another of its key has ended.
    private static let keyPause = Duration.milliseconds(10)

    /// Who writes what is written now, by this task.
    var author: ChangeAuthor { ChangeAuthor(actor: Actor.current, now: now) }

    /// As `write`, for what is not of the organizations' data: it wakes nobody.
    func transact<T: Sendable>(
        _ effect: @escaping @Sendable (any SQLSession) throws -> T
    ) async throws(DomainError) -> T {
        let author = author
        let body = { @Sendable (session: any SQLSession) in
            try effect(AuthoredSession(session: session, author: author))
        }
        for _ in 1..<Self.attemptsMax {
            do {
                return try await engine.write(body)
            } catch let error as SQLError where error.kind == .uniqueViolation {
                // Another writer took the key after the body had found it free: the body looks again.
                continue
            } catch {
                throw Self.domainError(error)
            }
        }
        do { return try await engine.write(body) } catch { throw Self.domainError(error) }
    }

    /// How often a write runs that others keep coming before.
    private static let attemptsMax = 5

    /// The one place where an engine's error becomes the domain's.
    static func domainError(_ error: any Error) -> DomainError {
        switch error {
        case let error as DomainError: return error
        case let error as SQLError:
            switch error.kind {
            case .unavailable, .conflict, .connectionStale, .connectionLost, .uniqueViolation:
                return .unavailable(cause: error)
            case .planExceeded: return .notEntitled(.quotaExceeded)
            case .foreignKeyViolation, .other: return .fault(cause: error)
            }
        default: return .fault(cause: error)
        }
    }
}

extension KeyedCall {
    /// A body that does the same as `effect`, once, and keeps the answer to it.
    fileprivate func keeping<T: Sendable>(
        _ effect: @escaping @Sendable (any SQLSession) throws -> T
    ) -> @Sendable (any SQLSession) throws -> T {
        { session in
            try session.claim(self)
            let value = try effect(session)
            try session.keep(try answer(value), to: self)
            return value
        }
    }
}

extension [SQLValue] {
    /// Adds an argument, and gives the placeholder that stands for it.
    mutating func placeholder(_ value: SQLValue) -> String {
        append(value)
        return "$\(count)"
    }

    /// Adds arguments, and gives their placeholders as a list: `$3, $4`.
    mutating func placeholders(_ values: some Sequence<SQLValue>) -> String {
        values.map { placeholder($0) }.joined(separator: ", ")
    }

    /// The values with the last one repeated, so that statements of few different lengths are prepared.
    var padded: [SQLValue] {
        guard let last, count > 1 else { return self }
        let length = Swift.max(8, 1 << (Int.bitWidth - (count - 1).leadingZeroBitCount))
        return self + Array(repeating: last, count: length - count)
    }
}

extension SQLSession {
    /// Runs `body` with some of the values at a time, as a list of placeholders after the organization's.
    func eachChunk(
        _ values: [SQLValue],
        in organization: Organization.ID,
        _ body: (_ list: String, _ arguments: [SQLValue]) throws -> Void
    ) throws {
        var rest = values[...]
        let longest = 256
        while !rest.isEmpty {
            let some = rest.prefix(longest)
            rest = rest.dropFirst(some.count)
            var arguments = [SQLValue(organization)]
            let list = arguments.placeholders(some.count == longest ? Array(some) : Array(some).padded)
            try body(list, arguments)
        }
    }
}
