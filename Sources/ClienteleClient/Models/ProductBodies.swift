public import ClienteleJSON

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A product to be made: the body of `POST /v1/products/`.
public struct ProductCreate: Encodable, Sendable, Hashable {
    /// The name, 3 to 64 characters.
    public var name: String
    /// What it is, for customers.
    public var description: String?
    /// Who sees it; everybody unless told.
    public var visibility: Visibility?
    /// What it costs, at least one price.
    public var prices: [PriceCreate]
    /// The unit of a period; nil is bought once.
    public var recurringInterval: RecurringInterval?
    /// Units in a period, 1 to 999.
    public var recurringIntervalCount: Int?
    /// The unit of the trial.
    public var trialInterval: RecurringInterval?
    /// Units in the trial, 1 to 1,000.
    public var trialIntervalCount: Int?
    /// The unit of a period of counting.
    public var meterInterval: RecurringInterval?
    /// Units in a period of counting.
    public var meterIntervalCount: Int?
    /// The application's own pairs.
    public var metadata: [String: JSON]
    /// The organization; only for tokens of users.
    public var organizationID: UUID?

    /// Whatever is left out is the server's to choose.
    public init(
        name: String,
        description: String? = nil,
        visibility: Visibility? = nil,
        prices: [PriceCreate] = [.free],
        recurringInterval: RecurringInterval? = nil,
        recurringIntervalCount: Int? = nil,
        trialInterval: RecurringInterval? = nil,
        trialIntervalCount: Int? = nil,
        meterInterval: RecurringInterval? = nil,
        meterIntervalCount: Int? = nil,
        metadata: [String: JSON] = [:],
        organizationID: UUID? = nil
    ) {
        self.name = name
        self.description = description
        self.visibility = visibility
        self.prices = prices
        self.recurringInterval = recurringInterval
        self.recurringIntervalCount = recurringIntervalCount
        self.trialInterval = trialInterval
        self.trialIntervalCount = trialIntervalCount
        self.meterInterval = meterInterval
        self.meterIntervalCount = meterIntervalCount
        self.metadata = metadata
        self.organizationID = organizationID
    }
}

/// What is to change of a product.
///
/// What is left out stays.
public struct ProductUpdate: Encodable, Sendable, Hashable {
    /// The name.
    public var name: Patch<String>
    /// What it is; `null` clears it.
    public var description: Patch<String>
    /// Who sees it.
    public var visibility: Patch<Visibility>
    /// Whether it can no longer be had.
    public var isArchived: Patch<Bool>
    /// The unit of the trial; `null` takes the trial away.
    public var trialInterval: Patch<RecurringInterval>
    /// Units in the trial.
    public var trialIntervalCount: Patch<Int>
    /// All of the pairs.
    public var metadata: Patch<[String: JSON]>

    /// Changes nothing unless told.
    public init(
        name: Patch<String> = .unchanged,
        description: Patch<String> = .unchanged,
        visibility: Patch<Visibility> = .unchanged,
        isArchived: Patch<Bool> = .unchanged,
        trialInterval: Patch<RecurringInterval> = .unchanged,
        trialIntervalCount: Patch<Int> = .unchanged,
        metadata: Patch<[String: JSON]> = .unchanged
    ) {
        self.name = name
        self.description = description
        self.visibility = visibility
        self.isArchived = isArchived
        self.trialInterval = trialInterval
        self.trialIntervalCount = trialIntervalCount
        self.metadata = metadata
    }
}
