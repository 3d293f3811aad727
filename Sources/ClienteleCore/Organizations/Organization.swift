/// A tenant: the owner of customers, tokens and everything else.
public struct Organization: Sendable, Equatable {
    public typealias ID = Identifier<Organization>

    public static let nameLengthMax = 256

    public let id: ID
    public let name: String
    public let createdAt: Timestamp

    package init(id: ID, name: String, createdAt: Timestamp) {
        self.id = id
        self.name = name
        self.createdAt = createdAt
    }
}
