import ClienteleCore
import ClienteleJSON

/// Reads the parts of a request by Polar's schema: each is checked, and no issue hides another.
///
/// A verb gives nil where it noted an issue; what was read counts only once `issues.finish()` has not thrown.
struct PolarReader {
    var issues = PolarIssues()

    /// A text, or nil with an issue noted.
    mutating func string(_ json: JSON, at location: [JSON], max: Int? = nil) -> String? {
        guard case .string(let text) = json else {
            issues.append(.stringType(location, json))
            return nil
        }
        if let max, text.unicodeScalars.count > max {
            issues.append(.tooLong(location, json, max: max))
            return nil
        }
        guard !text.utf8.contains(0) else {
            issues.append(.invalidCharacters(location, json))
            return nil
        }
        return text
    }

    /// A text that is trimmed, where an empty one is none.
    mutating func trimmedString(_ json: JSON, at location: [JSON], max: Int? = nil) -> String? {
        string(json, at: location, max: max)?.trimmed.nilIfEmpty
    }

    mutating func externalID(_ json: JSON, at location: [JSON]) -> String? {
        guard let text = trimmedString(json, at: location) else { return nil }
        guard text.utf8.count <= Customer.externalIDBytesMax else {
            issues.append(.tooLong(location, json, max: Customer.externalIDBytesMax))
            return nil
        }
        return text
    }

    mutating func email(_ json: JSON, at location: [JSON]) -> EmailAddress? {
        guard case .string(let text) = json else {
            issues.append(.stringType(location, json))
            return nil
        }
        do {
            return try EmailAddress(text)
        } catch {
            issues.append(.email(location, json, reason: error.reason))
            return nil
        }
    }

    mutating func locale(_ json: JSON, at location: [JSON]) -> LanguageTag? {
        guard let text = string(json, at: location) else { return nil }
        guard let tag = LanguageTag(text) else {
            issues.append(.value(location, json, "Invalid IETF BCP 47 language tag"))
            return nil
        }
        return tag
    }

    /// A tax number, as a text or as the pair of number and kind that answers have; an empty one is none.
    mutating func taxID(_ json: JSON, at location: [JSON]) -> TaxIDClaim? {
        if case .array(let pair) = json, pair.count == 2, case .string(let kind) = pair[1] {
            let text = trimmedString(pair[0], at: location)
            return text.map { TaxIDClaim($0, kind: TaxIDKind(rawValue: kind)) }
        }
        return trimmedString(json, at: location).map { TaxIDClaim($0) }
    }

    /// An identifier of version 4.
    mutating func identifier<Entity>(_ json: JSON, at location: [JSON]) -> Identifier<Entity>? {
        guard case .string(let text) = json else {
            issues.append(.uuidType(location, json))
            return nil
        }
        guard let identifier = Identifier<Entity>(text) else {
            issues.append(.uuidParsing(location, json, uuidProblem(text)))
            return nil
        }
        guard identifier.version == 4 else {
            issues.append(.uuidVersion(location, json))
            return nil
        }
        return identifier
    }

    mutating func address(_ json: JSON, at location: [JSON]) -> PostalAddress? {
        guard case .object = json else {
            issues.append(.objectType(location, json))
            return nil
        }
        let issuesBefore = issues.items.count
        let texts = ["line1", "line2", "postal_code", "city", "state"].map { name -> String? in
            guard let value = json[name], value != .null else { return nil }
            return string(value, at: location + [.string(name)])
        }
        guard let country = country(in: json, at: location + ["country"]), issues.items.count == issuesBefore else {
            return nil
        }
        do {
            return try PostalAddress(
                line1: texts[0],
                line2: texts[1],
                postalCode: texts[2],
                city: texts[3],
                state: texts[4],
                country: country
            )
        } catch {
            switch error {
            case .us: issues.append(.value(location, json, "Invalid US state"))
            case .ca: issues.append(.value(location, json, "Invalid CA subdivision"))
            }
            return nil
        }
    }

    private mutating func country(in address: JSON, at location: [JSON]) -> Country? {
        guard let json = address["country"] else {
            issues.append(.missing(location, in: address))
            return nil
        }
        guard case .string(let text) = json, let country = Country(text), country.isAccepted else {
            issues.append(.choice(location, json, of: Country.accepted.map(\.code)))
            return nil
        }
        return country
    }
}

/// Says what keeps a text from being a UUID.
private func uuidProblem(_ text: String) -> String {
    let odd = text.enumerated().first { !$0.element.isHexDigit && $0.element != "-" }
    if let odd { return "invalid character: found `\(odd.element)` at \(odd.offset + 1)" }
    return "invalid length: expected 32 hexadecimal digits, found \(text.filter(\.isHexDigit).count)"
}
