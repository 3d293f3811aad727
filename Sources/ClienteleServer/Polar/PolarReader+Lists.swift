import ClienteleCore
import ClienteleJSON

/// Reads what lists have in common.
extension PolarReader {
    /// Whose records, which metadata, which order, which page; `standard` is the order where none is asked for.
    mutating func recordQuery<Key: RawRepresentable & CaseIterable & Sendable>(
        _ call: PolarCall,
        standard: (key: Key, descending: Bool)
    ) -> RecordQuery<Key> where Key.RawValue == String {
        let asked = call.query
        let (page, limit) = page(asked)
        let sorting = sorting(asked, by: Key.allCases.map(\.rawValue))
        return RecordQuery(
            organizations: call.organizations(&self),
            metadata: metadataFilters(asked),
            sorting: sorting.map { $0.compactMap { term in Key(rawValue: term.key).map { ($0, term.descending) } } }
                ?? [standard],
            page: page,
            limit: limit
        )
    }

    /// The values of a filter by names, nil when it is not there.
    mutating func choices<Value: RawRepresentable & CaseIterable>(_ name: String, _ query: FormQuery) -> [Value]?
    where Value.RawValue == String {
        let texts = query.values(name)
        guard !texts.isEmpty else { return nil }
        return texts.compactMap { text in
            if let value = Value(rawValue: text) { return value }
            issues.append(.choice(["query", .string(name)], .string(text), of: Value.allCases.map(\.rawValue)))
            return nil
        }
    }

    /// The values of a filter by texts, nil when it is not there.
    mutating func texts(_ name: String, _ query: FormQuery) -> [String]? {
        let texts = query.values(name)
        guard !texts.isEmpty else { return nil }
        return texts.compactMap { string(.string($0), at: ["query", .string(name)]) }
    }

    /// A moment, nil when it is not there.
    mutating func moment(_ name: String, _ query: FormQuery) -> Timestamp? {
        query.last(name).flatMap { moment(.string($0), at: ["query", .string(name)]) }
    }

    /// A moment with its zone, as a text or as Unix seconds.
    mutating func moment(_ json: JSON, at location: [JSON]) -> Timestamp? {
        switch json {
        case .string(let text):
            do {
                return try Timestamp(parsing: text)
            } catch .zoneMissing {
                issues.append(.zoneMissing(location, json))
            } catch {
                issues.append(.momentParsing(location, json))
            }
        case .integer(let seconds) where 0...Self.unixSecondsMax ~= seconds:
            return Timestamp(microseconds: seconds * 1_000_000)
        default: issues.append(.momentParsing(location, json))
        }
        return nil
    }

    /// The end of the year 9999.
    private static let unixSecondsMax: Int64 = 253_402_300_799

    /// One of the names of `Value`, or nil with an issue noted.
    mutating func choice<Value: RawRepresentable & CaseIterable>(_ json: JSON, at location: [JSON]) -> Value?
    where Value.RawValue == String {
        if let value = json.string.flatMap(Value.init(rawValue:)) { return value }
        issues.append(.choice(location, json, of: Value.allCases.map(\.rawValue)))
        return nil
    }

    /// A truth value, or nil with an issue noted.
    mutating func truth(_ json: JSON, at location: [JSON]) -> Bool? {
        if let truth = json.bool { return truth }
        issues.append(
            PolarIssue(
                type: "bool_type",
                location: location,
                message: "Input should be a valid boolean",
                input: json
            )
        )
        return nil
    }

    /// An integer within bounds, or nil with an issue noted.
    mutating func integer(_ json: JSON, at location: [JSON], in bounds: ClosedRange<Int64>) -> Int64? {
        guard let integer = json.integer ?? json.number.flatMap({ Int64(exactly: $0) }) else {
            issues.append(
                PolarIssue(
                    type: "int_type",
                    location: location,
                    message: "Input should be a valid integer",
                    input: json
                )
            )
            return nil
        }
        guard integer >= bounds.lowerBound else {
            issues.append(.tooSmall(location, json, min: bounds.lowerBound))
            return nil
        }
        guard integer <= bounds.upperBound else {
            issues.append(.tooLarge(location, json, max: bounds.upperBound))
            return nil
        }
        return integer
    }

    /// The record that the path names by id.
    mutating func pathID<Entity>(_ call: PolarCall) -> Identifier<Entity>? {
        identifier(.string(call.parameter("id")), at: ["path", "id"])
    }
}

extension PolarIssue {
    static func tooSmall(_ location: [JSON], _ input: JSON, min: Int64) -> PolarIssue {
        PolarIssue(
            type: "greater_than_equal",
            location: location,
            message: "Input should be greater than or equal to \(min)",
            input: input,
            context: ["ge": .integer(min)]
        )
    }

    static func tooLarge(_ location: [JSON], _ input: JSON, max: Int64) -> PolarIssue {
        PolarIssue(
            type: "less_than_equal",
            location: location,
            message: "Input should be less than or equal to \(max)",
            input: input,
            context: ["le": .integer(max)]
        )
    }

    static func zoneMissing(_ location: [JSON], _ input: JSON) -> PolarIssue {
        PolarIssue(
            type: "timezone_aware",
            location: location,
            message: "Input should have timezone info",
            input: input
        )
    }

    static func momentParsing(_ location: [JSON], _ input: JSON) -> PolarIssue {
        PolarIssue(
            type: "datetime_from_date_parsing",
            location: location,
            message: "Input should be a valid datetime or date, such as 2026-11-21T05:22:39Z",
            input: input
        )
    }
}
