/// What customers subscribe to: it gives benefits, for a price.
public struct Product: Sendable, Equatable {
    public typealias ID = Identifier<Product>

    public static let nameLengths = 3...64

    public enum Visibility: String, Sendable, CaseIterable { case draft, `private`, `public` }

    public let id: ID
    public let organization: Organization.ID
    public let createdAt: Timestamp
    public package(set) var modifiedAt: Timestamp?
    public package(set) var name: String
    public package(set) var description: String?
    public package(set) var visibility: Visibility
    /// How often it renews; nil for what is bought once.
    public let recurring: CalendarInterval?
    public package(set) var trial: CalendarInterval?
    /// How often usage is counted anew, where that is not the product's own period.
    public package(set) var metering: CalendarInterval?
    public package(set) var isArchived: Bool
    public package(set) var metadata: Metadata
    /// All that it ever had; those that are archived are no longer offered.
    public package(set) var prices: [Price]
    /// In the order in which they are shown.
    public package(set) var benefits: [Benefit]
    /// The meters that its prices name.
    public package(set) var meters: [Meter]

    package init(
        id: ID,
        organization: Organization.ID,
        createdAt: Timestamp,
        modifiedAt: Timestamp? = nil,
        name: String,
        description: String?,
        visibility: Visibility,
        recurring: CalendarInterval?,
        trial: CalendarInterval?,
        metering: CalendarInterval?,
        isArchived: Bool = false,
        metadata: Metadata,
        prices: [Price],
        benefits: [Benefit] = [],
        meters: [Meter] = []
    ) {
        self.id = id
        self.organization = organization
        self.createdAt = createdAt
        self.modifiedAt = modifiedAt
        self.name = name
        self.description = description
        self.visibility = visibility
        self.recurring = recurring
        self.trial = trial
        self.metering = metering
        self.isArchived = isArchived
        self.metadata = metadata
        self.prices = prices
        self.benefits = benefits
        self.meters = meters
    }

    /// The prices that are offered.
    public var offered: [Price] { prices.filter { !$0.isArchived } }

    /// What is paid for it whatever is used: the first such price.
    public var staticPrice: Price? { offered.first(where: \.isStatic) }

    public var isFree: Bool { staticPrice?.amount == .fixed(0) }
}
