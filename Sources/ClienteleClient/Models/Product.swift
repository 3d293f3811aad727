public import ClienteleJSON

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// What customers can have, for a price.
///
/// Source: `GET /v1/products/{id}`.
public struct Product: WireModel, Identifiable {
    /// The server's id.
    public var id: UUID
    /// When it was made.
    public var createdAt: Date
    /// When it was last changed.
    public var modifiedAt: Date?
    /// The unit of the trial.
    public var trialInterval: RecurringInterval?
    /// Units in the trial.
    public var trialIntervalCount: Int?
    /// The name.
    public var name: String
    /// What it is, for customers.
    public var description: String?
    /// Who sees it.
    public var visibility: Visibility?
    /// The unit of a period; nil is bought once.
    public var recurringInterval: RecurringInterval?
    /// Units in a period.
    public var recurringIntervalCount: Int?
    /// The unit of a period of counting.
    public var meterInterval: RecurringInterval?
    /// Units in a period of counting.
    public var meterIntervalCount: Int?
    /// Whether it renews.
    public var isRecurring: Bool
    /// Whether it can no longer be had.
    public var isArchived: Bool
    /// The organization whose product it is.
    public var organizationID: UUID
    /// The application's own pairs.
    public var metadata: [String: JSON]
    /// What it costs.
    public var prices: [Price]
    /// What those who have it may use.
    public var benefits: [Benefit]
    /// Pictures, as the server has them.
    public var medias: [JSON]?
    /// Questions of a checkout, as the server has them.
    public var attachedCustomFields: [JSON]?
    /// Whether it can be deleted.
    public var isDeletable: Bool?
}

/// A price of a product.
public struct Price: WireModel, Identifiable {
    /// The server's id.
    public var id: UUID
    /// When it was made.
    public var createdAt: Date
    /// When it was last changed.
    public var modifiedAt: Date?
    /// Where it comes from: `catalog` or `ad_hoc`.
    public var source: String?
    /// The kind, which says which of the amounts below there are.
    public var amountType: PriceType
    /// The currency, as an ISO 4217 code in lower case.
    public var priceCurrency: String?
    /// Whether taxes are in the amount.
    public var taxBehavior: String?
    /// Whether it can no longer be had.
    public var isArchived: Bool
    /// The product.
    public var productID: UUID
    /// `recurring` or `one_time`; deprecated on the wire.
    public var type: String?
    /// The unit of a period; deprecated on the wire.
    public var recurringInterval: RecurringInterval?
    /// Of a fixed price: the amount, in the currency's smallest unit.
    public var priceAmount: Int?
    /// Of a price that customers choose: the least.
    public var minimumAmount: Int?
    /// Of a price that customers choose: the most.
    public var maximumAmount: Int?
    /// Of a price that customers choose: what is proposed.
    public var presetAmount: Int?
    /// Of a price that counts: what one unit costs, as a decimal number.
    public var unitAmount: String?
    /// Of a price that counts: the most that a period costs.
    public var capAmount: Int?
    /// Of a price that counts: what counts.
    public var meterID: UUID?
    /// Of a price that counts: what counts, in short.
    public var meter: JSON?
    /// Of a price by seats: its steps.
    public var seatTiers: JSON?
}

/// A kind of price.
public struct PriceType: OpenEnum {
    /// The word on the wire.
    public let rawValue: String
    /// Takes the word on the wire.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// One amount a period.
    public static let fixed: Self = "fixed"
    /// What the customer chooses.
    public static let custom: Self = "custom"
    /// So much a unit.
    public static let meteredUnit: Self = "metered_unit"
    /// So much a seat.
    public static let seatBased: Self = "seat_based"
    /// Nothing.
    public static let free: Self = "free"
}

/// A price to be made.
public struct PriceCreate: Encodable, Sendable, Hashable {
    /// The kind.
    public var amountType: PriceType
    /// The currency, as an ISO 4217 code in lower case.
    public var priceCurrency: String?
    /// The amount of a fixed price, in the currency's smallest unit.
    public var priceAmount: Int?
    /// The least that customers may choose.
    public var minimumAmount: Int?
    /// The most that customers may choose.
    public var maximumAmount: Int?
    /// What is proposed to customers.
    public var presetAmount: Int?
    /// What counts.
    public var meterID: UUID?
    /// What one unit costs, as a decimal number.
    public var unitAmount: String?
    /// The most that a period costs.
    public var capAmount: Int?
    /// The steps of a price by seats.
    public var seatTiers: JSON?

    private init(_ type: PriceType, currency: String?) {
        self.amountType = type
        self.priceCurrency = currency
    }

    /// Nothing.
    public static let free = fixed(0)

    /// One amount a period, in the currency's smallest unit.
    public static func fixed(_ amount: Int, currency: String? = nil) -> PriceCreate {
        var price = PriceCreate(.fixed, currency: currency)
        price.priceAmount = amount
        return price
    }

    /// What the customer chooses, within bounds.
    public static func custom(
        minimum: Int? = nil,
        maximum: Int? = nil,
        preset: Int? = nil,
        currency: String? = nil
    ) -> PriceCreate {
        var price = PriceCreate(.custom, currency: currency)
        price.minimumAmount = minimum
        price.maximumAmount = maximum
        price.presetAmount = preset
        return price
    }

    /// So much a unit of a meter, as a decimal number, up to a cap.
    public static func meteredUnit(
        meter: UUID,
        unitAmount: String,
        cap: Int? = nil,
        currency: String? = nil
    ) -> PriceCreate {
        var price = PriceCreate(.meteredUnit, currency: currency)
        price.meterID = meter
        price.unitAmount = unitAmount
        price.capAmount = cap
        return price
    }

    /// So much a seat, by steps as the contract has them.
    public static func seatBased(tiers: JSON, currency: String? = nil) -> PriceCreate {
        var price = PriceCreate(.seatBased, currency: currency)
        price.seatTiers = tiers
        return price
    }
}
