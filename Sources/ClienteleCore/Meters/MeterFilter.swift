public import ClienteleJSON

/// Which events a meter counts.
///
/// Source of the rules of comparison: Polar's meters.
public struct MeterFilter: Sendable, Equatable {
    public enum Conjunction: String, Sendable, CaseIterable { case and, or }

    public enum Operator: String, Sendable, CaseIterable {
        case equal = "eq"
        case notEqual = "ne"
        case greater = "gt"
        case greaterOrEqual = "gte"
        case less = "lt"
        case lessOrEqual = "lte"
        case contains = "like"
        case containsNot = "not_like"
    }

    public indirect enum Clause: Sendable, Equatable {
        /// The value is a string, an integer or a boolean.
        case compare(property: String, Operator, JSON)
        case nested(MeterFilter)
    }

    public let conjunction: Conjunction
    public let clauses: [Clause]

    public init(_ conjunction: Conjunction, _ clauses: [Clause]) {
        self.conjunction = conjunction
        self.clauses = clauses
    }

    /// Whether an event counts; without clauses, every one does.
    public func matches(_ event: MeteredEvent) -> Bool {
        switch conjunction {
        case .and: clauses.allSatisfy { $0.matches(event) }
        case .or: clauses.isEmpty || clauses.contains { $0.matches(event) }
        }
    }

    /// The wire's form, which the store keeps.
    public var json: JSON {
        ["conjunction": .string(conjunction.rawValue), "clauses": .array(clauses.map(\.json))]
    }

    /// Reads `json` back; nil where it is not one.
    package init?(json: JSON) {
        guard let conjunction = json["conjunction"]?.string.flatMap(Conjunction.init(rawValue:)),
            let clauses = json["clauses"]?.array?.map(Clause.init(json:)), !clauses.contains(nil)
        else { return nil }
        self.init(conjunction, clauses.compactMap(\.self))
    }
}

extension MeterFilter.Clause {
    fileprivate var json: JSON {
        switch self {
        case .compare(let property, let comparison, let value):
            ["property": .string(property), "operator": .string(comparison.rawValue), "value": value]
        case .nested(let filter): filter.json
        }
    }

    fileprivate init?(json: JSON) {
        if let filter = MeterFilter(json: json) {
            self = .nested(filter)
        } else if let property = json["property"]?.string, let value = json["value"],
            let comparison = json["operator"]?.string.flatMap(MeterFilter.Operator.init(rawValue:))
        {
            self = .compare(property: property, comparison, value)
        } else {
            return nil
        }
    }

    fileprivate func matches(_ event: MeteredEvent) -> Bool {
        switch self {
        case .nested(let filter): filter.matches(event)
        case .compare(let property, let comparison, let value):
            event.value(of: property).map { comparison.holds($0, value) } ?? false
        }
    }
}

/// What a meter sees of an event.
public struct MeteredEvent: Sendable {
    public let name: String
    public let source: String
    public let timestamp: Timestamp
    public let metadata: JSON

    public init(name: String, source: String, timestamp: Timestamp, metadata: JSON) {
        self.name = name
        self.source = source
        self.timestamp = timestamp
        self.metadata = metadata
    }

    /// What the event says of itself under `property`: a value and the values that it can be compared with.
    func value(of property: String) -> MeteredValue? {
        switch property {
        case "name": return .named(name)
        case "source": return .named(source)
        case "timestamp": return .moment(timestamp.microseconds.quotientRoundingDown(1_000_000).quotient)
        default: return metadataValue(of: property).map { .metadata($0) }
        }
    }

    /// The value in the metadata that `path` names, whose dots descend.
    func metadataValue(of property: String) -> JSON? {
        let path = property.hasPrefix("metadata.") ? String(property.dropFirst("metadata.".count)) : property
        if let value = metadata[path] { return value }
        guard path.contains(".") else { return nil }
        return path.split(separator: ".", omittingEmptySubsequences: false).reduce(metadata as JSON?) {
            $0?[String($1)]
        }
    }
}

/// A value of an event, by where it comes from: that decides what it can be compared with.
enum MeteredValue {
    /// Comparable with strings alone.
    case named(String)
    /// Unix seconds, comparable with integers alone.
    case moment(Int64)
    case metadata(JSON)
}

extension MeterFilter.Operator {
    /// Whether `stored` stands in this relation to the clause's `value`; what cannot be compared stands in none.
    fileprivate func holds(_ stored: MeteredValue, _ value: JSON) -> Bool {
        switch stored {
        case .named(let text): value.string.map { holds(text, $0) } ?? false
        case .moment(let seconds): value.integer.map { holds(Double(seconds), Double($0)) } ?? false
        case .metadata(let stored): holds(stored, value)
        }
    }

    private func holds(_ stored: JSON, _ value: JSON) -> Bool {
        if self == .contains || self == .containsNot {
            guard let stored = stored.scalarText, let value = value.comparedText else { return false }
            return holds(stored, value)
        }
        switch stored {
        case .string(let text): return value.comparedText.map { holds(text, $0) } ?? false
        case .integer, .bigInteger, .number:
            guard let stored = stored.measure, let value = value.bool.map({ $0 ? 1 : 0 }) ?? value.measure else {
                return false
            }
            return holds(stored, value)
        case .bool(let stored): return value.bool.map { holds(stored ? 1.0 : 0.0, $0 ? 1.0 : 0.0) } ?? false
        case .null, .array, .object: return false
        }
    }

    private func holds(_ stored: Double, _ value: Double) -> Bool {
        switch self {
        case .equal: stored == value
        case .notEqual: stored != value
        case .greater: stored > value
        case .greaterOrEqual: stored >= value
        case .less: stored < value
        case .lessOrEqual: stored <= value
        case .contains, .containsNot: false
        }
    }

    /// Texts are compared by their Unicode scalars.
    private func holds(_ stored: String, _ value: String) -> Bool {
        switch self {
        case .equal: stored.hasSameBytes(as: value)
        case .notEqual: !stored.hasSameBytes(as: value)
        case .greater: value.utf8.lexicographicallyPrecedes(stored.utf8)
        case .greaterOrEqual: !stored.utf8.lexicographicallyPrecedes(value.utf8)
        case .less: stored.utf8.lexicographicallyPrecedes(value.utf8)
        case .lessOrEqual: !value.utf8.lexicographicallyPrecedes(stored.utf8)
        case .contains: stored.utf8.contains(value.utf8)
        case .containsNot: !stored.utf8.contains(value.utf8)
        }
    }
}

extension JSON {
    /// A stored scalar as a text that another can be a part of.
    fileprivate var scalarText: String? {
        switch self {
        case .string(let text): text
        case .bool, .integer, .bigInteger, .number: text
        case .null, .array, .object: nil
        }
    }

    /// A clause's value as the text that stored texts are compared with.
    fileprivate var comparedText: String? { bool.map { $0 ? "t" : "f" } ?? scalarText }

    /// A number; booleans are none.
    var measure: Double? {
        switch self {
        case .integer(let integer): Double(integer)
        case .bigInteger(let text): Double(text)
        case .number(let number): number
        case .null, .bool, .string, .array, .object: nil
        }
    }
}
