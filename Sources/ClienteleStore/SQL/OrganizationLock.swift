import ClienteleCore

/// What only some of an organization's transactions may do at once.
enum OrganizationLock: UInt64 {
    /// Counting events, and changing what is counted.
    case counting = 0
    /// Giving changes their places: `changes` in ASCII.
    case places = 0x6368_616E_6765_7300
    /// Adding webhooks' events, settling them, and changing endpoints: `webhooks` in ASCII.
    case webhooks = 0x7765_6268_6F6F_6B73
}

extension SQLSession {
    /// Lets those go on together who take the lock with `shared`, and everybody else only alone, until the transaction ends.
    func lock(_ organization: Organization.ID, for purpose: OrganizationLock, shared: Bool) throws {
        switch dialect {
        case .sqlite: break  // It has one writer at a time.
        case .postgres:
            let key = Int64(bitPattern: organization.high ^ organization.low ^ purpose.rawValue)
            try execute("SELECT pg_advisory_xact_lock\(shared ? "_shared" : "")($1)", [.integer(key)])
        }
    }
}
