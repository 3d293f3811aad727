/// A part of an organization that customers belong to.
///
/// Every organization has a default team, whose id is the organization's own.
public struct Team: Sendable, Equatable {
    public typealias ID = Identifier<Team>

    public static let nameLengthMax = 200

    public let id: ID
    public let organization: Organization.ID
    public let name: String
    public let createdAt: Timestamp

    package init(id: ID, organization: Organization.ID, name: String, createdAt: Timestamp) {
        self.id = id
        self.organization = organization
        self.name = name
        self.createdAt = createdAt
    }

    /// The team that an organization has from its first moment.
    public static func standard(of organization: Organization) -> Team {
        Team(
            id: standardID(of: organization.id),
            organization: organization.id,
            name: "Default",
            createdAt: organization.createdAt
        )
    }

    public static func standardID(of organization: Organization.ID) -> ID {
        ID(high: organization.high, low: organization.low)
    }

    public var isStandard: Bool { id == Self.standardID(of: organization) }
}
