public import ClienteleJSON

/// What counts the use of something: which events it looks at, and what it makes of them.
public struct Meter: Sendable, Equatable {
    public typealias ID = Identifier<Meter>

    public static let nameLengthMin = 3

    /// What a quantity is called.
    public enum Unit: String, Sendable, CaseIterable { case scalar, token, custom }

    public let id: ID
    public let organization: Organization.ID
    public let createdAt: Timestamp
    public var modifiedAt: Timestamp?
    public var archivedAt: Timestamp?
    public var name: String
    public var unit: Unit
    public var customLabel: String?
    public var customMultiplier: Int?
    public var filter: MeterFilter
    public var aggregation: MeterAggregation
    public var metadata: Metadata

    package init(
        id: ID,
        organization: Organization.ID,
        createdAt: Timestamp,
        modifiedAt: Timestamp? = nil,
        archivedAt: Timestamp? = nil,
        name: String,
        unit: Unit,
        customLabel: String?,
        customMultiplier: Int?,
        filter: MeterFilter,
        aggregation: MeterAggregation,
        metadata: Metadata
    ) {
        self.id = id
        self.organization = organization
        self.createdAt = createdAt
        self.modifiedAt = modifiedAt
        self.archivedAt = archivedAt
        self.name = name
        self.unit = unit
        self.customLabel = customLabel
        self.customMultiplier = customMultiplier
        self.filter = filter
        self.aggregation = aggregation
        self.metadata = metadata
    }
}

/// What a meter makes of the events that it counts.
public struct MeterAggregation: Sendable, Equatable {
    public enum Function: String, Sendable, CaseIterable { case count, sum, max, min, avg, unique }

    public let function: Function
    /// What of an event is taken; nil for `count` alone.
    public let property: String?

    public init(_ function: Function, property: String?) {
        self.function = function
        self.property = property
    }

    /// The wire's form, which the store keeps.
    public var json: JSON {
        var members: [JSON.Member] = [.init("func", .string(function.rawValue))]
        if let property { members.append(.init("property", .string(property))) }
        return .object(members)
    }

    /// Reads `json` back; nil where it is not one.
    package init?(json: JSON) {
        guard let function = json["func"]?.string.flatMap(Function.init(rawValue:)) else { return nil }
        self.init(function, property: json["property"]?.string)
    }
}
