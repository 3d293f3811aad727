package import ClienteleJSON

/// A variable of a recording that nothing has set.
package struct MissingVariable: Error, CustomStringConvertible {
    package let description: String
}

extension JSON {
    /// The tree with the values of variables where `${name}` stands, in names of members too.
    package func filled(with variables: [String: String]) throws(MissingVariable) -> JSON {
        switch self {
        case .string(let text): return .string(try text.filled(with: variables))
        case .array(let values):
            return .array(try values.map { value throws(MissingVariable) in try value.filled(with: variables) })
        case .object(let members):
            return .object(
                try members.map { member throws(MissingVariable) in
                    Member(try member.name.filled(with: variables), try member.value.filled(with: variables))
                }
            )
        case .null, .bool, .integer, .bigInteger, .number: return self
        }
    }
}

extension String {
    fileprivate func filled(with variables: [String: String]) throws(MissingVariable) -> String {
        var filled = ""
        var rest = self[...]
        while let start = rest.firstRange(of: "${"), let end = rest[start.upperBound...].firstIndex(of: "}") {
            let name = String(rest[start.upperBound..<end])
            guard let value = variables[name] else { throw MissingVariable(description: name) }
            filled += rest[..<start.lowerBound] + value
            rest = rest[rest.index(after: end)...]
        }
        return filled + rest
    }
}
