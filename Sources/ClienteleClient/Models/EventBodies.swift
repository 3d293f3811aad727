public import ClienteleJSON

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Something that a customer did.
public struct EventCreate: Sendable, Hashable {
    /// What it is, at the most 128 characters; meters look for it.
    public var name: String
    /// Who did it; an external id may be one that nobody has yet.
    public var customer: CustomerKey
    /// When, in the past; now unless told.
    public var timestamp: Date?
    /// The application's own id: an event of one that is there already is not counted again.
    public var externalID: String?
    /// The id, or external id, of the event that this one belongs to.
    public var parentID: String?
    /// The application's own pairs.
    public var metadata: [String: JSON]
    /// The organization; only for tokens of users.
    public var organizationID: UUID?

    /// Whatever is left out is the server's to choose.
    public init(
        name: String,
        customer: CustomerKey,
        timestamp: Date? = nil,
        externalID: String? = nil,
        parentID: String? = nil,
        metadata: [String: JSON] = [:],
        organizationID: UUID? = nil
    ) {
        self.name = name
        self.customer = customer
        self.timestamp = timestamp
        self.externalID = externalID
        self.parentID = parentID
        self.metadata = metadata
        self.organizationID = organizationID
    }
}

extension EventCreate: Encodable {
    private enum CodingKeys: String, CodingKey {
        case name, customerID, externalCustomerID, timestamp, externalID, parentID, metadata, organizationID
    }

    /// Writes the event; its customer by one of two names.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        switch customer {
        case .id(let id): try container.encode(id, forKey: .customerID)
        case .externalID(let externalID): try container.encode(externalID, forKey: .externalCustomerID)
        }
        try container.encodeIfPresent(timestamp, forKey: .timestamp)
        try container.encodeIfPresent(externalID, forKey: .externalID)
        try container.encodeIfPresent(parentID, forKey: .parentID)
        if !metadata.isEmpty { try container.encode(metadata, forKey: .metadata) }
        try container.encodeIfPresent(organizationID, forKey: .organizationID)
    }
}
