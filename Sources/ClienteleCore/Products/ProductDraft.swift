/// A product that is to be made.
public struct ProductDraft: Sendable {
    public var name: String
    public var description: String?
    public var visibility: Product.Visibility
    public var recurring: CalendarInterval?
    public var trial: CalendarInterval?
    public var metering: CalendarInterval?
    public var metadata: Metadata
    public var prices: [PriceDraft]

    public init(
        name: String,
        description: String? = nil,
        visibility: Product.Visibility = .public,
        recurring: CalendarInterval? = nil,
        trial: CalendarInterval? = nil,
        metering: CalendarInterval? = nil,
        metadata: Metadata = Metadata(),
        prices: [PriceDraft]
    ) {
        self.name = name
        self.description = description
        self.visibility = visibility
        self.recurring = recurring
        self.trial = trial
        self.metering = metering
        self.metadata = metadata
        self.prices = prices
    }
}

/// What an update asks of a product.
public struct ProductPatch: Sendable {
    /// One of the prices that a product shall offer: one that it has, or a new one.
    public enum PriceChoice: Sendable {
        case existing(Price.ID)
        case new(PriceDraft)
    }

    public var name: String?
    public var description: Change<String> = .keep
    public var visibility: Product.Visibility?
    public var trial: Change<CalendarInterval> = .keep
    public var metering: Change<CalendarInterval> = .keep
    public var isArchived: Bool?
    public var metadata: Metadata?
    public var prices: [PriceChoice]?

    public init() {}
}

/// Which products a list shows, in what order.
public struct ProductQuery: Sendable {
    public enum Key: String, Sendable, CaseIterable {
        case createdAt = "created_at"
        case name
        case priceAmountType = "price_amount_type"
        case priceAmount = "price_amount"
    }

    public var list: RecordQuery<Key>
    public var ids: [Product.ID]?
    /// Found anywhere in the name, in any letter case.
    public var search: String?
    public var isArchived: Bool?
    public var isRecurring: Bool?
    public var benefits: [Benefit.ID]?
    public var visibilities: [Product.Visibility]?

    public init(_ list: RecordQuery<Key>) { self.list = list }
}
