/// Reads a body piece by piece, each within a bound of time.
///
/// An actor, because reading and the bound are two tasks, and the walk through the body outlives both.
actor BodyReader {
    private var iterator: ResponseBody.Iterator

    init(_ body: ResponseBody) { self.iterator = body.makeAsyncIterator() }

    /// The next piece, or nil at the end.
    func next() async throws -> [UInt8]? {
        var iterator = iterator
        defer { self.iterator = iterator }
        return try await iterator.next()
    }
}

/// Does something, and gives it up where it takes longer than `limit`: then `TransportFailure.timedOut` is thrown.
///
/// `wait` is what measures the time.
package func within<Value: Sendable>(
    _ limit: Duration,
    wait: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
    _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value?.self) { group in
        defer { group.cancelAll() }
        group.addTask { try await body() }
        group.addTask {
            try await wait(limit)
            return nil
        }
        guard let first = try await group.next(), let value = first else { throw TransportFailure.timedOut }
        return value
    }
}
