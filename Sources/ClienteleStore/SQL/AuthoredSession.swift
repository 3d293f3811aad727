import ClienteleCore

/// A session that knows by whose token it changes what it changes, and what time it is.
struct AuthoredSession: SQLSession {
    let session: any SQLSession
    let author: ChangeAuthor?

    var dialect: SQLDialect { session.dialect }

    func run(_ sql: String, _ arguments: [SQLValue], _ body: (any SQLRow) throws -> Void) throws {
        try session.run(sql, arguments, body)
    }

    func execute(_ sql: String, _ arguments: [SQLValue]) throws { try session.execute(sql, arguments) }

    func snapshot<T>(_ body: () throws -> T) throws -> T { try session.snapshot(body) }

    func script(_ sql: String) throws { try session.script(sql) }
}

/// Who writes a transaction's changes.
package struct ChangeAuthor: Sendable {
    let actor: AccessToken.ID?
    let now: @Sendable () -> Timestamp
}
