import ClienteleCore
import ClienteleJSON

/// What an event says of itself: scalars, and two objects of a form of their own.
extension PolarReader {
    /// The longest text in an event's metadata, in characters.
    fileprivate static let eventTextMax = 500

    mutating func eventMetadata(_ json: JSON, at location: [JSON]) -> JSON? {
        guard case .object(let members) = json else {
            issues.append(.dictionaryType(location, json))
            return nil
        }
        var read: [JSON.Member] = []
        for member in members where issues.items.count < Self.eventIssuesMax {
            let location = location + [.string(member.name)]
            if !member.name.hasNoNull {
                issues.append(.invalidCharacters(location + ["[key]"], .string(member.name)))
            }
            let value =
                switch member.name {
                case "_cost": eventCost(member.value, at: location)
                case "_llm": eventLLM(member.value, at: location)
                default: eventScalar(member.value, at: location)
                }
            read.append(JSON.Member(member.name, value ?? .null))
        }
        return .object(read)
    }

    /// A value by the rules of other records' metadata.
    private mutating func eventScalar(_ json: JSON, at location: [JSON]) -> JSON? {
        var reader = PolarReader()
        if reader.metadata(["value": json], at: location) != nil { return json }
        for var issue in reader.issues.items {
            // It is about one value here, not about one of several.
            issue.location = location + issue.location.dropFirst(location.count + 1)
            issue.input = json
            issues.append(issue)
        }
        return nil
    }

    private mutating func eventCost(_ json: JSON, at location: [JSON]) -> JSON? {
        guard case .object = json else {
            issues.append(.dictionaryType(location, json))
            return nil
        }
        let amount = needed(json, "amount", location) { $0.decimal($1, at: $2) }
        let currency = needed(json, "currency", location) { $0.currency($1, at: $2) }
        guard let amount, let currency else { return nil }
        return ["amount": amount, "currency": currency]
    }

    /// What is said of a language model's work; more than the schema knows is left out.
    private mutating func eventLLM(_ json: JSON, at location: [JSON]) -> JSON? {
        guard case .object(let members) = json else {
            issues.append(.dictionaryType(location, json))
            return nil
        }
        for (name, isText, isNeeded) in Self.llmMembers where isNeeded || json[name].map({ !$0.isNull }) ?? false {
            _ = needed(json, name, location) { reader, value, location -> Bool? in
                if isText { return reader.string(value, at: location).map { _ in true } }
                return reader.integer(value, at: location, in: .min ... .max).map { _ in true }
            }
        }
        return .object(members.filter { member in Self.llmMembers.contains { $0.name == member.name } })
    }

    private static let llmMembers: [(name: String, isText: Bool, isNeeded: Bool)] = [
        ("vendor", true, true), ("model", true, true), ("prompt", true, false), ("response", true, false),
        ("input_tokens", false, true), ("cached_input_tokens", false, false), ("output_tokens", false, true),
        ("total_tokens", false, true),
    ]

    private mutating func currency(_ json: JSON, at location: [JSON]) -> JSON? {
        guard let text = string(json, at: location) else { return nil }
        guard text == "usd" else {
            issues.append(.pattern(location, json, "usd"))
            return nil
        }
        return json
    }

    /// A number, or a text that is one.
    private mutating func decimal(_ json: JSON, at location: [JSON]) -> JSON? {
        switch json {
        case .integer, .bigInteger, .number: return json
        case .string(let text):
            let isNumeral = text.utf8.allSatisfy { "0123456789+-.eE".utf8.contains($0) }
            if isNumeral, let number = Double(text), number.isFinite { return json }
            issues.append(.decimal("decimal_parsing", location, json, "Input should be a valid decimal"))
        case .null, .bool, .array, .object:
            let message = "Decimal input should be an integer, float, string or Decimal object"
            issues.append(.decimal("decimal_type", location, json, message))
        }
        return nil
    }
}

extension JSON {
    /// Whether it is certainly right as an event's metadata; what is not needs a closer look.
    var isPlainMetadata: Bool {
        guard case .object(let members) = self else { return false }
        return members.allSatisfy { member in
            guard member.name.hasNoNull else { return false }
            switch (member.name, member.value) {
            case ("_cost", _): return member.value.isPlainCost
            case ("_llm", _): return member.value.isPlainLLM
            case (_, .bool), (_, .integer), (_, .bigInteger), (_, .number): return true
            case (_, .string(let text)): return 1...PolarReader.eventTextMax ~= text.utf8.count && text.hasNoNull
            case (_, .null), (_, .array), (_, .object): return false
            }
        }
    }

    private var isPlainCost: Bool {
        guard case .object(let members) = self, members.count == 2 else { return false }
        return members.allSatisfy { member in
            switch (member.name, member.value) {
            case ("amount", .integer), ("amount", .number): true
            case ("currency", .string("usd")): true
            default: false
            }
        }
    }

    private var isPlainLLM: Bool {
        guard case .object(let members) = self else { return false }
        var needed = 0
        for member in members {
            switch (member.name, member.value) {
            case ("vendor", .string(let text)), ("model", .string(let text)):
                guard text.hasNoNull else { return false }
                needed += 1
            case ("input_tokens", .integer), ("output_tokens", .integer), ("total_tokens", .integer): needed += 1
            case ("prompt", .string(let text)), ("response", .string(let text)):
                guard text.hasNoNull else { return false }
            case ("prompt", .null), ("response", .null), ("cached_input_tokens", .integer): break
            default: return false
            }
        }
        return needed == 5
    }
}

extension String {
    /// Whether there is no U+0000, which databases do not take.
    var hasNoNull: Bool { utf8.withContiguousStorageIfAvailable { !$0.contains(0) } ?? false }
}

extension PolarIssue {
    fileprivate static func pattern(_ location: [JSON], _ input: JSON, _ pattern: String) -> PolarIssue {
        PolarIssue(
            type: "string_pattern_mismatch",
            location: location,
            message: "String should match pattern '\(pattern)'",
            input: input,
            context: ["pattern": .string(pattern)]
        )
    }

    fileprivate static func decimal(
        _ type: String,
        _ location: [JSON],
        _ input: JSON,
        _ message: String
    ) -> PolarIssue {
        PolarIssue(type: type, location: location, message: message, input: input)
    }
}
