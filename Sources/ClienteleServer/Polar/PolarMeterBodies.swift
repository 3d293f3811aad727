import ClienteleCore
import ClienteleJSON

/// The bodies that Polar's meter routes take.
extension PolarReader {
    mutating func meterDraft(_ body: PolarBody) -> (draft: MeterDraft, organization: Organization.ID?)? {
        guard let json = body.object(&self) else { return nil }
        let location: [JSON] = ["body"]
        let metadata = json["metadata"].map { self.metadata($0, at: location + ["metadata"]) }
        let name = needed(json, "name", location) { $0.meterName($1, at: $2) }
        let unit: Meter.Unit? = optional(json, "unit", location) { $0.choice($1, at: $2) }
        let labelIssues = issues.items.count
        let label = optional(json, "custom_label", location) { $0.meterLabel($1, at: $2) }
        if unit == .custom, label == nil, issues.items.count == labelIssues {
            issues.append(.labelMissing(json["custom_label"] ?? json))
        }
        let multiplier = optional(json, "custom_multiplier", location) { $0.meterMultiplier($1, at: $2) }
        let filter = needed(json, "filter", location) { $0.meterFilter($1, at: $2) }
        let aggregation = needed(json, "aggregation", location) { $0.meterAggregation($1, at: $2) }
        let organization: Organization.ID? = optional(json, "organization_id", location) { $0.identifier($1, at: $2) }
        guard let name, let filter, let aggregation else { return nil }
        let draft = MeterDraft(
            name: name,
            unit: unit ?? .scalar,
            customLabel: label,
            customMultiplier: multiplier,
            filter: filter,
            aggregation: aggregation,
            metadata: (metadata ?? nil) ?? Metadata()
        )
        return (draft, organization)
    }

    /// The body of an update, where `null` asks for nothing, but for the two parts of a custom unit that it takes away.
    mutating func meterPatch(_ body: PolarBody) -> MeterPatch? {
        guard let json = body.object(&self) else { return nil }
        let location: [JSON] = ["body"]
        var patch = MeterPatch()
        patch.metadata = optional(json, "metadata", location) { $0.metadata($1, at: $2) }
        patch.name = optional(json, "name", location) { $0.meterName($1, at: $2) }
        patch.unit = optional(json, "unit", location) { $0.choice($1, at: $2) }
        patch.customLabel = change(json, "custom_label") { $0.meterLabel($1, at: $2) }
        patch.customMultiplier = change(json, "custom_multiplier") { $0.meterMultiplier($1, at: $2) }
        patch.filter = optional(json, "filter", location) { $0.meterFilter($1, at: $2) }
        patch.aggregation = optional(json, "aggregation", location) { $0.meterAggregation($1, at: $2) }
        patch.isArchived = optional(json, "is_archived", location) { $0.truth($1, at: $2) }
        return patch
    }

    /// A text of so many characters, or nil with an issue noted.
    mutating func text(_ json: JSON, at location: [JSON], min: Int, max: Int) -> String? {
        guard let text = string(json, at: location, max: max) else { return nil }
        guard text.unicodeScalars.count >= min else {
            issues.append(.tooShort(location, json, min: min))
            return nil
        }
        return text
    }

    private mutating func meterName(_ json: JSON, at location: [JSON]) -> String? {
        text(json, at: location, min: Meter.nameLengthMin, max: Self.textMax)
    }

    private mutating func meterLabel(_ json: JSON, at location: [JSON]) -> String? {
        trimmedString(json, at: location, max: Self.textMax)
    }

    private mutating func meterMultiplier(_ json: JSON, at location: [JSON]) -> Int? {
        guard let multiplier = integer(json, at: location, in: .min...Self.integerMax) else { return nil }
        guard multiplier > 0 else {
            issues.append(.notPositive(location, json))
            return nil
        }
        return Int(multiplier)
    }

    private mutating func meterAggregation(_ json: JSON, at location: [JSON]) -> MeterAggregation? {
        guard case .object = json else {
            issues.append(.objectType(location, json))
            return nil
        }
        guard let tag = json["func"] else {
            issues.append(.missingTag(location, json, "func"))
            return nil
        }
        guard let function = tag.string.flatMap(MeterAggregation.Function.init(rawValue:)) else {
            let choices = MeterAggregation.Function.allCases.map(\.rawValue)
            issues.append(.unknownTag(location, json, "func", tag, of: choices))
            return nil
        }
        guard function != .count else { return MeterAggregation(.count, property: nil) }
        let branch = location + [.string(function.rawValue)]
        let property = needed(json, "property", branch) { $0.string($1, at: $2, max: Self.clauseTextMax) }
        return property.map { MeterAggregation(function, property: $0) }
    }

    /// The longest name or label, in characters: more than a person reads, and little enough for an index.
    private static let textMax = 256
    /// The longest text in a filter, in characters, by Polar's schema.
    private static let clauseTextMax = 1_000
    /// The largest integer of Polar's columns.
    private static let integerMax = Int64(Int32.max)
    /// Clauses of a filter at the most, nested ones counted: every event is held against each.
    private static let clausesMax = 100
    /// Filters within each other at the most.
    private static let nestingMax = 8
}

/// Filters: clauses, and filters as clauses.
extension PolarReader {
    private mutating func meterFilter(_ json: JSON, at location: [JSON]) -> MeterFilter? {
        let size = json.filterSize
        guard size.clauses <= Self.clausesMax else {
            issues.append(.value(location, json, "A filter can have at most \(Self.clausesMax) clauses."))
            return nil
        }
        guard size.depth <= Self.nestingMax else {
            issues.append(.value(location, json, "Filters can be nested at most \(Self.nestingMax) deep."))
            return nil
        }
        return filter(json, at: location)
    }

    /// A filter whose size was found right.
    private mutating func filter(_ json: JSON, at location: [JSON]) -> MeterFilter? {
        guard case .object = json else {
            issues.append(.objectType(location, json))
            return nil
        }
        let conjunction: MeterFilter.Conjunction? = needed(json, "conjunction", location) { $0.choice($1, at: $2) }
        let clauses = needed(json, "clauses", location) { $0.clauses($1, at: $2) }
        guard let conjunction, let clauses else { return nil }
        return MeterFilter(conjunction, clauses)
    }

    private mutating func clauses(_ json: JSON, at location: [JSON]) -> [MeterFilter.Clause]? {
        guard let items = json.array else {
            issues.append(.listType(location, json))
            return nil
        }
        let clauses = items.enumerated().compactMap { index, item in
            clause(item, at: location + [.integer(Int64(index))])
        }
        return clauses.count == items.count ? clauses : nil
    }

    /// One of two schemas, told apart by what only a filter has.
    private mutating func clause(_ json: JSON, at location: [JSON]) -> MeterFilter.Clause? {
        guard json["clauses"] == nil, json["conjunction"] == nil else {
            return filter(json, at: location + ["Filter"]).map { .nested($0) }
        }
        let location = location + ["FilterClause"]
        guard case .object = json else {
            issues.append(.objectType(location, json))
            return nil
        }
        let property = needed(json, "property", location) { $0.string($1, at: $2, max: Self.clauseTextMax) }
        let comparison: MeterFilter.Operator? = needed(json, "operator", location) { $0.choice($1, at: $2) }
        let value = needed(json, "value", location) { $0.clauseValue($1, at: $2) }
        guard let property, let comparison, let value else { return nil }
        return .compare(property: property, comparison, value)
    }

    /// A value of one of three types; an issue names what each of them found wrong.
    private mutating func clauseValue(_ json: JSON, at location: [JSON]) -> JSON? {
        let branches = ["str", "int", "bool"].map { location + [.string($0)] }
        if case .bool = json { return json }
        if case .string(let text) = json {
            guard text.unicodeScalars.count > Self.clauseTextMax else {
                return string(json, at: branches[0]).map { .string($0) }
            }
            issues.append(.tooLong(branches[0], json, max: Self.clauseTextMax))
            issues.append(.integerParsing(branches[1], json))
            issues.append(.booleanParsing(branches[2], json))
            return nil
        }
        var reader = PolarReader()
        let bounds = Int64(Int32.min)...Int64(Int32.max)
        if let integer = reader.integer(json, at: branches[1], in: bounds) { return .integer(integer) }
        issues.append(.stringType(branches[0], json))
        for issue in reader.issues.items { issues.append(issue) }
        reader = PolarReader()
        _ = reader.truth(json, at: branches[2])
        for issue in reader.issues.items { issues.append(issue) }
        return nil
    }
}

extension JSON {
    /// How many clauses a filter has in all, and how many filters are within each other.
    fileprivate var filterSize: (clauses: Int, depth: Int) {
        guard let clauses = self["clauses"]?.array else { return (0, 1) }
        return clauses.reduce((clauses.count, 1)) { size, clause in
            guard clause["clauses"] != nil else { return size }
            let inner = clause.filterSize
            return (size.0 + inner.clauses, max(size.1, inner.depth + 1))
        }
    }
}

extension PolarIssue {
    /// A custom unit that nobody could name.
    static func labelMissing(_ input: JSON) -> PolarIssue {
        PolarIssue(
            type: "missing",
            location: ["body", "custom_label"],
            message: "custom_label is required when unit is 'custom'.",
            input: input
        )
    }
}
