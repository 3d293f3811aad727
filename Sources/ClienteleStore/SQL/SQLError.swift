/// An error that an engine reported, sorted into what the store can act on.
package struct SQLError: Error, CustomStringConvertible {
    package enum Kind: Sendable {
        /// A unique index refused the row.
        case uniqueViolation
        /// The row that a foreign key names is not there.
        case foreignKeyViolation
        /// The plan of an organization has no room for another customer.
        case planExceeded
        /// Another transaction came between, and this one was rolled back: it may run again at once.
        case conflict
        /// The connection cannot run the statement, and has not; another one may.
        case connectionStale
        /// The connection is gone. What was sent last may have been done or not.
        case connectionLost
        /// The database is busy, full or away: the same call may work later.
        case unavailable
        /// Anything else: a fault of ours.
        case other
    }

    package let kind: Kind
    package let message: String
    /// Whether another process has the file of an embedded database, and had it for as long as a call waits.
    package let isLocked: Bool

    package init(_ kind: Kind, _ message: String, isLocked: Bool = false) {
        self.isLocked = isLocked
        self.kind = kind
        self.message = message
    }

    package var description: String { message }

    static let closed = SQLError(.unavailable, "the store is closed")

    static func malformed(column: Int) -> SQLError { SQLError(.other, "column \(column) holds no value of its type") }
}
