public import ClienteleJSON

/// Something that a customer did, or that happened to it; it never changes.
public struct Event: Sendable {
    public typealias ID = Identifier<Event>

    public static let nameLengthMax = 128

    /// Who says so: the organization's application, or this service.
    public enum Source: String, Sendable, CaseIterable { case system, user }

    public let id: ID
    public let organization: Organization.ID
    public let timestamp: Timestamp
    public let name: String
    public let source: Source
    public let customer: Customer?
    /// What the event was sent with, else that of its customer.
    public let externalCustomerID: String?
    /// Its key against being counted twice.
    public let externalID: String?
    public let parent: ID?
    public let childCount: Int
    public let metadata: Metadata

    package init(
        id: ID,
        organization: Organization.ID,
        timestamp: Timestamp,
        name: String,
        source: Source,
        customer: Customer?,
        externalCustomerID: String?,
        externalID: String?,
        parent: ID?,
        childCount: Int,
        metadata: Metadata
    ) {
        self.id = id
        self.organization = organization
        self.timestamp = timestamp
        self.name = name
        self.source = source
        self.customer = customer
        self.externalCustomerID = externalCustomerID
        self.externalID = externalID
        self.parent = parent
        self.childCount = childCount
        self.metadata = metadata
    }
}

/// An event that is to be kept.
public struct EventDraft: Sendable {
    public let name: String
    public let customer: CustomerKey
    public let timestamp: Timestamp
    public let externalID: String?
    /// The id, or the external id, of another event.
    public let parent: String?
    public let metadata: JSON

    public init(
        name: String,
        customer: CustomerKey,
        timestamp: Timestamp,
        externalID: String? = nil,
        parent: String? = nil,
        metadata: JSON = [:]
    ) {
        self.name = name
        self.customer = customer
        self.timestamp = timestamp
        self.externalID = externalID
        self.parent = parent
        self.metadata = metadata
    }
}

/// What became of a batch of events.
public struct EventsReceipt: Sendable, Equatable {
    public let inserted: Int
    public let duplicates: Int

    package init(inserted: Int, duplicates: Int) {
        self.inserted = inserted
        self.duplicates = duplicates
    }
}

/// Which events a list shows, in what order.
public struct EventQuery: Sendable {
    public enum Key: String, Sendable, CaseIterable {
        case timestamp
        case occurredAt = "occurred_at"
    }

    public var list: RecordQuery<Key>
    public var customers: [Customer.ID]?
    public var externalCustomerIDs: [String]?
    public var meter: Meter.ID?
    public var names: [String]?
    public var sources: [Event.Source]?
    /// Found anywhere in the name, in any letter case.
    public var search: String?
    public var from: Timestamp?
    public var before: Timestamp?
    public var parent: Event.ID?

    public init(_ list: RecordQuery<Key>) { self.list = list }
}
