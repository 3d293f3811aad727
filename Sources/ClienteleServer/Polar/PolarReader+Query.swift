import ClienteleCore
import ClienteleJSON

/// Reads the parts of a URL: path and query inputs are always texts.
extension PolarReader {
    /// Items a page at the most; a larger wish is cut to it.
    private static let limitMax = 100

    /// The page that is asked for, counted from 1, and its size.
    mutating func page(_ query: FormQuery) -> (page: Int, limit: Int) {
        let page = positive("page", query, default: 1)
        let limit = positive("limit", query, default: 10)
        return (page, min(limit, Self.limitMax))
    }

    /// A flag, nil when it is not there.
    mutating func flag(_ name: String, _ query: FormQuery) -> Bool? {
        guard let text = query.last(name) else { return nil }
        switch text.lowercased() {
        case "true", "1", "yes", "on", "t", "y": return true
        case "false", "0", "no", "off", "f", "n": return false
        default:
            issues.append(.booleanParsing(["query", .string(name)], .string(text)))
            return nil
        }
    }

    /// A text without U+0000, nil when it is not there.
    mutating func text(_ name: String, _ query: FormQuery) -> String? {
        guard let text = query.last(name) else { return nil }
        return string(.string(text), at: ["query", .string(name)])
    }

    /// The values of a filter by ids, nil when it is not there.
    mutating func identifiers<Entity>(_ name: String, _ query: FormQuery) -> [Identifier<Entity>]? {
        let texts = query.values(name)
        guard !texts.isEmpty else { return nil }
        let issuesBefore = issues.items.count
        var found: [Identifier<Entity>] = []
        var reader = PolarReader()
        for (index, text) in texts.enumerated() {
            let location: [JSON] = ["query", .string(name), .string(Self.listBranch), .integer(Int64(index))]
            if let identifier: Identifier<Entity> = reader.identifier(.string(text), at: location) {
                found.append(identifier)
            }
        }
        if !reader.issues.items.isEmpty {
            // The schema is "one id or several": both of its branches tell what they found wrong.
            issues.append(.uuidType(["query", .string(name), "uuid"], .array(texts.map { .string($0) })))
            for issue in reader.issues.items { issues.append(issue) }
        }
        return issues.items.count == issuesBefore ? found : nil
    }

    /// The order that is asked for, by some of `keys`, nil when none is.
    mutating func sorting(_ query: FormQuery, by keys: [String]) -> [(key: String, descending: Bool)]? {
        let texts = query.values("sorting")
        guard !texts.isEmpty else { return nil }
        return texts.enumerated().compactMap { index, text in
            let key = String(text.hasPrefix("-") ? text.dropFirst() : text[...])
            guard keys.contains(key) else {
                let choices = keys.flatMap { [$0, "-" + $0] }
                issues.append(.choice(["query", "sorting", .integer(Int64(index))], .string(text), of: choices))
                return nil
            }
            return (key, text.hasPrefix("-"))
        }
    }

    /// The filters `metadata[name]=value`; only the first pair of brackets counts, and an empty name filters nothing.
    mutating func metadataFilters(_ query: FormQuery) -> [(name: String, values: [String])] {
        var filters: [(name: String, values: [String])] = []
        for item in query.items where item.name.hasPrefix("metadata[") {
            let name = String(item.name.dropFirst("metadata[".count).prefix { $0 != "]" })
            guard !name.isEmpty, item.name.contains("]") else { continue }
            guard let value = string(.string(item.value), at: ["query", .string(item.name)]),
                string(.string(name), at: ["query", .string(item.name)]) != nil
            else { continue }
            if let index = filters.firstIndex(where: { $0.name == name }) {
                filters[index].values.append(value)
            } else {
                filters.append((name, [value]))
            }
        }
        return filters
    }

    private mutating func positive(_ name: String, _ query: FormQuery, default standard: Int) -> Int {
        guard let text = query.last(name) else { return standard }
        guard let number = lenientInteger(text) else {
            issues.append(.integerParsing(["query", .string(name)], .string(text)))
            return standard
        }
        guard number > 0 else {
            issues.append(.notPositive(["query", .string(name)], .string(text)))
            return standard
        }
        return number
    }

    private static let listBranch =
        "json-or-python[json=list[uuid],python=chain[is-instance[Sequence],function-wrap[sequence_validator()]]]"
}

/// Reads an integer as Polar's schema does: spaces around it, a sign, and a fraction of zeros are no harm.
///
/// What is beyond the range of `Int` becomes its end.
private func lenientInteger(_ text: String) -> Int? {
    var digits = text.trimmed[...]
    let isNegative = digits.hasPrefix("-")
    if isNegative || digits.hasPrefix("+") { digits = digits.dropFirst() }
    if let point = digits.firstIndex(of: ".") {
        let fraction = digits[point...].dropFirst()
        guard !fraction.isEmpty, fraction.allSatisfy({ $0 == "0" }) else { return nil }
        digits = digits[..<point]
    }
    guard !digits.isEmpty, digits.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) else { return nil }
    let size = Int(digits) ?? .max
    return isNegative ? -size : size
}
