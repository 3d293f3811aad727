public import ClienteleJSON

/// What a product costs, in one way of several.
public struct Price: Sendable, Equatable {
    public typealias ID = Identifier<Price>

    public enum Amount: Sendable, Equatable {
        /// Minor units a period.
        case fixed(Int64)
        /// What the customer wants to pay, within bounds.
        case custom(minimum: Int64, maximum: Int64?, preset: Int64?)
        /// So much for each unit that the meter counts: minor units, as a decimal text.
        case meteredUnit(meter: Meter.ID, unitAmount: String, cap: Int64?)
        /// By seats, in tiers as answers show them.
        case seatBased(tiers: JSON)

        public var type: String {
            switch self {
            case .fixed: "fixed"
            case .custom: "custom"
            case .meteredUnit: "metered_unit"
            case .seatBased: "seat_based"
            }
        }
    }

    public static let currencyStandard = "usd"
    public static let customMinimumStandard: Int64 = 50

    public let id: ID
    public let createdAt: Timestamp
    public package(set) var modifiedAt: Timestamp?
    public package(set) var isArchived: Bool
    /// ISO 4217, lower-case.
    public let currency: String
    public let taxBehavior: String?
    public let amount: Amount

    package init(
        id: ID,
        createdAt: Timestamp,
        modifiedAt: Timestamp? = nil,
        isArchived: Bool = false,
        currency: String,
        taxBehavior: String?,
        amount: Amount
    ) {
        self.id = id
        self.createdAt = createdAt
        self.modifiedAt = modifiedAt
        self.isArchived = isArchived
        self.currency = currency
        self.taxBehavior = taxBehavior
        self.amount = amount
    }

    /// What counts the units that the price is for; nil where it does not depend on use.
    public var meter: Meter.ID? { if case .meteredUnit(let meter, _, _) = amount { meter } else { nil } }

    /// Whether the price does not depend on use.
    public var isStatic: Bool { meter == nil }
}

/// A price that is to be made.
public struct PriceDraft: Sendable {
    public let currency: String
    public let taxBehavior: String?
    public let amount: Price.Amount

    public init(currency: String = Price.currencyStandard, taxBehavior: String? = nil, amount: Price.Amount) {
        self.currency = currency
        self.taxBehavior = taxBehavior
        self.amount = amount
    }
}
