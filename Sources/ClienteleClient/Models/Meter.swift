public import ClienteleJSON

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Which events count, and what is made of them.
///
/// Source: `GET /v1/meters/{id}`.
public struct Meter: WireModel, Identifiable {
    /// The server's id.
    public var id: UUID
    /// When it was made.
    public var createdAt: Date
    /// When it was last changed.
    public var modifiedAt: Date?
    /// The name.
    public var name: String
    /// The unit in which it is shown.
    public var unit: MeterUnit?
    /// The label of a custom unit.
    public var customLabel: String?
    /// How many of what is counted make one of a custom unit.
    public var customMultiplier: Int?
    /// Which events count.
    public var filter: MeterFilter
    /// What is made of them.
    public var aggregation: MeterAggregation
    /// The organization whose meter it is.
    public var organizationID: UUID
    /// When it was archived.
    public var archivedAt: Date?
    /// The application's own pairs.
    public var metadata: [String: JSON]
}

/// Which events count; without clauses, all.
public struct MeterFilter: WireModel {
    /// Whether all clauses must hold or any: `and` or `or`.
    public var conjunction: Conjunction
    /// What must hold.
    public var clauses: [Clause]

    /// All of the clauses must hold, unless told otherwise.
    public init(_ conjunction: Conjunction = .and, _ clauses: [Clause] = []) {
        self.conjunction = conjunction
        self.clauses = clauses
    }

    /// How clauses are joined.
    public struct Conjunction: OpenEnum {
        /// The word on the wire.
        public let rawValue: String
        /// Takes the word on the wire.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// All must hold.
        public static let and: Self = "and"
        /// One must hold.
        public static let or: Self = "or"
    }

    /// How a property is compared.
    public struct Operator: OpenEnum {
        /// The word on the wire.
        public let rawValue: String
        /// Takes the word on the wire.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// Equal.
        public static let eq: Self = "eq"
        /// Not equal.
        public static let ne: Self = "ne"
        /// Greater.
        public static let gt: Self = "gt"
        /// Greater or equal.
        public static let gte: Self = "gte"
        /// Less.
        public static let lt: Self = "lt"
        /// Less or equal.
        public static let lte: Self = "lte"
        /// Contains.
        public static let like: Self = "like"
        /// Does not contain.
        public static let notLike: Self = "not_like"
    }

    /// Something that must hold.
    public enum Clause: WireModel {
        /// A property of the event, compared with a text, a whole number or a truth value.
        case property(String, Operator, JSON)
        /// A filter of its own.
        indirect case filter(MeterFilter)

        private enum CodingKeys: String, CodingKey { case property, `operator`, value }

        /// Reads a comparison or a filter.
        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            guard let name = try container.decodeIfPresent(String.self, forKey: .property) else {
                self = .filter(try MeterFilter(from: decoder))
                return
            }
            let comparison = try container.decode(Operator.self, forKey: .operator)
            self = .property(name, comparison, try container.decode(JSON.self, forKey: .value))
        }

        /// Writes the comparison or the filter.
        public func encode(to encoder: any Encoder) throws {
            switch self {
            case .property(let name, let comparison, let value):
                var container = encoder.container(keyedBy: CodingKeys.self)
                try container.encode(name, forKey: .property)
                try container.encode(comparison, forKey: .operator)
                try container.encode(value, forKey: .value)
            case .filter(let filter): try filter.encode(to: encoder)
            }
        }
    }
}

/// What is made of the events that count.
public struct MeterAggregation: WireModel {
    /// The function: `count`, `sum`, `max`, `min`, `avg` or `unique`.
    public var `func`: String
    /// The property of an event that it is about; none for `count`.
    public var property: String?

    /// How many events there are.
    public static let count = MeterAggregation(func: "count", property: nil)
    /// The sum of a property.
    public static func sum(_ property: String) -> Self { Self(func: "sum", property: property) }
    /// The largest value of a property.
    public static func max(_ property: String) -> Self { Self(func: "max", property: property) }
    /// The smallest value of a property.
    public static func min(_ property: String) -> Self { Self(func: "min", property: property) }
    /// The mean of a property.
    public static func avg(_ property: String) -> Self { Self(func: "avg", property: property) }
    /// How many values a property has.
    public static func unique(_ property: String) -> Self { Self(func: "unique", property: property) }
}

/// What a customer has used of a meter.
///
/// Source: `GET /v1/customer-meters/{id}`.
public struct CustomerMeter: WireModel, Identifiable {
    /// The server's id.
    public var id: UUID
    /// When it was made.
    public var createdAt: Date
    /// When it was last changed.
    public var modifiedAt: Date?
    /// The customer.
    public var customerID: UUID
    /// What counts.
    public var meterID: UUID
    /// Units used since the last period began.
    public var consumedUnits: Double
    /// Units given since then.
    public var creditedUnits: Int
    /// Units given and not used; may be below zero.
    public var balance: Double
    /// The customer in full.
    public var customer: Customer
    /// What counts, in full.
    public var meter: Meter
}

/// Something that a customer did, or that happened to it.
///
/// Source: `GET /v1/events/{id}`.
public struct Event: WireModel, Identifiable {
    /// The server's id.
    public var id: UUID
    /// When it happened.
    public var timestamp: Date
    /// The organization whose event it is.
    public var organizationID: UUID
    /// The customer.
    public var customerID: UUID?
    /// The customer in full.
    public var customer: Customer?
    /// The application's own id of the customer.
    public var externalCustomerID: String?
    /// The member.
    public var memberID: UUID?
    /// The application's own id of the member.
    public var externalMemberID: String?
    /// How many events belong to it.
    public var childCount: Int?
    /// The event that it belongs to.
    public var parentID: UUID?
    /// What it is, for people.
    public var label: String?
    /// What it is.
    public var name: String
    /// Who told of it.
    public var source: EventSource
    /// What is known of it.
    public var metadata: [String: JSON]
}

/// How many events were new.
public struct IngestResult: WireModel {
    /// Events that are kept.
    public var inserted: Int
    /// Events whose external id was there already.
    public var duplicates: Int?
}
