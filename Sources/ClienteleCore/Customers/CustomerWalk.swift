/// A part of an organization's customers, newest first, that a caller walks through piece by piece.
public struct CustomerWalk: Sendable {
    public var organization: Organization.ID
    public var status: Customer.Status?
    public var team: Team.ID?
    /// The last customer of the piece before.
    public var last: Position?
    public var limit: Int

    /// Where a customer stands in the order, also after it has gone.
    public struct Position: Sendable, Equatable {
        public let createdAt: Timestamp
        public let id: Customer.ID

        public init(createdAt: Timestamp, id: Customer.ID) {
            self.createdAt = createdAt
            self.id = id
        }
    }

    public init(
        organization: Organization.ID,
        status: Customer.Status? = nil,
        team: Team.ID? = nil,
        last: Position? = nil,
        limit: Int
    ) {
        self.organization = organization
        self.status = status
        self.team = team
        self.last = last
        self.limit = limit
    }
}
