import ClienteleCore
import ClienteleJSON

/// Polar's rules for metadata: up to 50 pairs of a short name and a scalar.
extension PolarReader {
    private static let pairsMax = 50
    /// Beyond so many, not each is told what is wrong with it: an answer would be many times the request.
    private static let pairsCheckedMax = 1_000
    private static let nameMax = 40
    private static let textMax = 500

    mutating func metadata(_ json: JSON, at location: [JSON]) -> Metadata? {
        guard case .object(let members) = json else {
            issues.append(.dictionaryType(location, json))
            return nil
        }
        guard members.count <= Self.pairsCheckedMax else {
            issues.append(.tooMany(location, .null, "Dictionary", max: Self.pairsMax, actual: members.count))
            return nil
        }
        let issuesBefore = issues.items.count
        for member in members {
            checkName(member.name, at: location)
            checkValue(member.value, at: location + [.string(member.name)])
        }
        guard issues.items.count == issuesBefore else { return nil }
        guard members.count <= Self.pairsMax else {
            issues.append(.tooMany(location, json, "Dictionary", max: Self.pairsMax, actual: members.count))
            return nil
        }
        guard !members.contains(where: { $0.name.utf8.contains(0) || $0.value.string?.utf8.contains(0) == true }) else {
            issues.append(.invalidCharacters(location, json))
            return nil
        }
        return Metadata(members)
    }

    private mutating func checkName(_ name: String, at location: [JSON]) {
        let location = location + [.string(name), "[key]"]
        if name.isEmpty { issues.append(.tooShort(location, .string(name), min: 1)) }
        if name.unicodeScalars.count > Self.nameMax {
            issues.append(.tooLong(location, .string(name), max: Self.nameMax))
        }
    }

    /// A value is one of four types, and an issue names what each of them found wrong.
    private mutating func checkValue(_ value: JSON, at location: [JSON]) {
        let text = location + ["constrained-str"]
        switch value {
        case .bool, .integer, .bigInteger, .number: return
        case .string(let string) where 1...Self.textMax ~= string.unicodeScalars.count: return
        case .string(let string):
            issues.append(string.isEmpty ? .tooShort(text, value, min: 1) : .tooLong(text, value, max: Self.textMax))
            issues.append(.integerParsing(location + ["int"], value))
            issues.append(
                PolarIssue(
                    type: "float_parsing",
                    location: location + ["float"],
                    message: "Input should be a valid number, unable to parse string as a number",
                    input: value
                )
            )
            issues.append(.booleanParsing(location + ["bool"], value))
        case .null, .array, .object:
            issues.append(.stringType(text, value))
            for (branch, name) in [("int", "integer"), ("float", "number"), ("bool", "boolean")] {
                issues.append(
                    PolarIssue(
                        type: "\(branch)_type",
                        location: location + [.string(branch)],
                        message: "Input should be a valid \(name)",
                        input: value
                    )
                )
            }
        }
    }
}
