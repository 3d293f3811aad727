import ClienteleCore
import ClienteleJSON

/// Reads what calls bring about endpoints.
extension PolarReader {
    /// The shortest secret that a caller may choose, in characters.
    private static let secretLengthMin = 32

    mutating func webhookDraft(
        _ body: PolarBody,
        allowsPrivate: Bool
    ) -> (draft: WebhookDraft, organization: Organization.ID?)? {
        guard let json = body.object(&self) else { return nil }
        let url = required("url", json).flatMap { webhookURL($0, allowsPrivate: allowsPrivate) }
        let name = json.given("name").flatMap { string($0, at: ["body", "name"]) }
        let format: WebhookEndpoint.Format? = required("format", json).flatMap { choice($0, at: ["body", "format"]) }
        let events = required("events", json).flatMap { eventTypes($0) }
        let organization: Organization.ID? = json.given("organization_id")
            .flatMap { identifier($0, at: ["body", "organization_id"]) }
        let secret = json.given("secret").flatMap { webhookSecret($0) }
        guard let url, let format, let events else { return nil }
        return (WebhookDraft(url: url, name: name, format: format, events: events, secret: secret), organization)
    }

    mutating func webhookPatch(_ body: PolarBody, allowsPrivate: Bool) -> WebhookPatch? {
        guard let json = body.object(&self) else { return nil }
        var patch = WebhookPatch()
        patch.url = json.given("url").flatMap { webhookURL($0, allowsPrivate: allowsPrivate) }
        patch.name = json.given("name").flatMap { string($0, at: ["body", "name"]) }
        patch.format = json.given("format").flatMap { choice($0, at: ["body", "format"]) }
        patch.events = json.given("events").flatMap { eventTypes($0) }
        patch.isEnabled = json.given("enabled").flatMap { truth($0, at: ["body", "enabled"]) }
        return patch
    }

    /// The values of a filter by events, nil when it is not there.
    mutating func eventTypes(_ name: String, _ query: FormQuery) -> [String]? {
        let texts = query.values(name)
        guard !texts.isEmpty else { return nil }
        return texts.compactMap { eventType(.string($0), at: ["query", .string(name)]) }
    }

    /// The class of an HTTP code, such as `2xx`.
    mutating func codeClass(_ name: String, _ query: FormQuery) -> Int? {
        let classes = ["2xx", "3xx", "4xx", "5xx"]
        guard let text = query.last(name) else { return nil }
        if let index = classes.firstIndex(of: text) { return index + 2 }
        issues.append(.choice(["query", .string(name)], .string(text), of: classes))
        return nil
    }

    private mutating func required(_ name: String, _ json: JSON) -> JSON? {
        if let value = json[name] { return value }
        issues.append(.missing(["body", .string(name)], in: json))
        return nil
    }

    private mutating func eventTypes(_ json: JSON) -> [String]? {
        guard let values = json.array else {
            issues.append(.listType(["body", "events"], json))
            return nil
        }
        var known: Set<String> = []
        return values.enumerated()
            .compactMap { eventType($1, at: ["body", "events", .integer(Int64($0))]) }
            .filter { known.insert($0).inserted }
    }

    private mutating func eventType(_ json: JSON, at location: [JSON]) -> String? {
        if let text = json.string, PolarWebhooks.events.contains(text) { return text }
        issues.append(.choice(location, json, of: PolarWebhooks.events))
        return nil
    }

    private mutating func webhookSecret(_ json: JSON) -> String? {
        guard let text = string(json, at: ["body", "secret"]) else { return nil }
        guard text.unicodeScalars.count >= Self.secretLengthMin else {
            issues.append(.tooShort(["body", "secret"], json, min: Self.secretLengthMin))
            return nil
        }
        return text
    }

    private mutating func webhookURL(_ json: JSON, allowsPrivate: Bool) -> WebhookURL? {
        let location: [JSON] = ["body", "url"]
        guard let text = string(json, at: location) else { return nil }
        do { return try WebhookURL(text, allowsPrivate: allowsPrivate) } catch {
            issues.append(.webhookURL(error, location, json))
            return nil
        }
    }
}

extension JSON {
    /// The member of that name that says something: `null` is as good as none.
    fileprivate func given(_ name: String) -> JSON? {
        guard let value = self[name], !value.isNull else { return nil }
        return value
    }
}

extension PolarIssue {
    static func webhookURL(_ fault: WebhookURL.Fault, _ location: [JSON], _ input: JSON) -> PolarIssue {
        switch fault {
        case .tooLong:
            PolarIssue(
                type: "url_too_long",
                location: location,
                message: "URL should have at most \(WebhookURL.octetsMax) characters",
                input: input,
                context: ["max_length": .integer(Int64(WebhookURL.octetsMax))]
            )
        case .syntax(let reason):
            PolarIssue(
                type: "url_parsing",
                location: location,
                message: "Input should be a valid URL, \(reason)",
                input: input,
                context: ["error": .string(reason)]
            )
        case .scheme:
            PolarIssue(
                type: "url_scheme",
                location: location,
                message: "URL scheme should be 'https'",
                input: input,
                context: ["expected_schemes": "'https'"]
            )
        case .privateAddress:
            .value(location, input, privateAddressText)
        }
    }

    static let privateAddressText = "Webhook URLs cannot point to localhost or private IP addresses."
}
