public import ClienteleJSON

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A meter to be made: the body of `POST /v1/meters/`.
public struct MeterCreate: Encodable, Sendable, Hashable {
    /// The name, at least 3 characters.
    public var name: String
    /// Which events count; all unless told.
    public var filter: MeterFilter
    /// What is made of them.
    public var aggregation: MeterAggregation
    /// The unit in which it is shown.
    public var unit: MeterUnit?
    /// The label of a custom unit.
    public var customLabel: String?
    /// How many of what is counted make one of a custom unit.
    public var customMultiplier: Int?
    /// The application's own pairs.
    public var metadata: [String: JSON]
    /// The organization; only for tokens of users.
    public var organizationID: UUID?

    /// Whatever is left out is the server's to choose.
    public init(
        name: String,
        filter: MeterFilter = MeterFilter(),
        aggregation: MeterAggregation = .count,
        unit: MeterUnit? = nil,
        customLabel: String? = nil,
        customMultiplier: Int? = nil,
        metadata: [String: JSON] = [:],
        organizationID: UUID? = nil
    ) {
        self.name = name
        self.filter = filter
        self.aggregation = aggregation
        self.unit = unit
        self.customLabel = customLabel
        self.customMultiplier = customMultiplier
        self.metadata = metadata
        self.organizationID = organizationID
    }
}

/// What is to change of a meter.
///
/// What is left out stays.
public struct MeterUpdate: Encodable, Sendable, Hashable {
    /// The name.
    public var name: Patch<String>
    /// Which events count.
    public var filter: Patch<MeterFilter>
    /// What is made of them.
    public var aggregation: Patch<MeterAggregation>
    /// The unit in which it is shown.
    public var unit: Patch<MeterUnit>
    /// The label of a custom unit.
    public var customLabel: Patch<String>
    /// How many of what is counted make one of a custom unit.
    public var customMultiplier: Patch<Int>
    /// Whether it no longer counts.
    public var isArchived: Patch<Bool>
    /// All of the pairs.
    public var metadata: Patch<[String: JSON]>

    /// Changes nothing unless told.
    public init(
        name: Patch<String> = .unchanged,
        filter: Patch<MeterFilter> = .unchanged,
        aggregation: Patch<MeterAggregation> = .unchanged,
        unit: Patch<MeterUnit> = .unchanged,
        customLabel: Patch<String> = .unchanged,
        customMultiplier: Patch<Int> = .unchanged,
        isArchived: Patch<Bool> = .unchanged,
        metadata: Patch<[String: JSON]> = .unchanged
    ) {
        self.name = name
        self.filter = filter
        self.aggregation = aggregation
        self.unit = unit
        self.customLabel = customLabel
        self.customMultiplier = customMultiplier
        self.isArchived = isArchived
        self.metadata = metadata
    }
}
