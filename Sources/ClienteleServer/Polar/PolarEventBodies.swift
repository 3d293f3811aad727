import ClienteleCore
import ClienteleJSON

/// The events of one request, with the organizations that they name.
struct PolarEventBatch {
    fileprivate(set) var drafts: [EventDraft] = []
    fileprivate(set) var organizations: [Organization.ID?] = []

    /// The one organization of all of the events.
    func organization(for call: PolarCall) throws -> Organization.ID {
        if let first = organizations.first, organizations.allSatisfy({ $0 == first }),
            let organization = try? call.organization(named: first)
        {
            return organization
        }
        var issues = PolarIssues(source: .service)
        var found: Organization.ID?
        for (index, named) in organizations.enumerated() where issues.items.count < PolarReader.eventIssuesMax {
            let location: [JSON] = ["body", "events", .integer(Int64(index)), "organization_id"]
            do {
                let organization = try call.organization(named: named)
                if let found, organization != found {
                    issues.append(.secondOrganization(location, .string(organization.text)))
                }
                found = found ?? organization
            } catch let refused as PolarIssues {
                for var issue in refused.items {
                    issue.location = location
                    issues.append(issue)
                }
            }
        }
        try issues.finish()
        guard let found else { throw PolarFailure.unreadableBody }
        return found
    }
}

/// The body that Polar's ingestion takes: thousands of events at once, almost always right.
///
/// So an event is first read in one walk over its members that can only give up, and where that gives up, once more by the
/// schemas, which tell what is wrong and where.
extension PolarReader {
    /// Issues of one request's events at the most: each is told with the input, and a body has room for millions.
    static let eventIssuesMax = 1_000

    mutating func eventBatch(_ body: PolarBody, at now: Timestamp) -> PolarEventBatch? {
        guard let json = body.object(&self) else { return nil }
        return needed(json, "events", ["body"]) { reader, json, location in
            guard case .array(let events) = json else {
                reader.issues.append(.listType(location, json))
                return nil
            }
            return reader.eventBatch(events, at: location, now)
        }
    }

    private mutating func eventBatch(_ events: [JSON], at location: [JSON], _ now: Timestamp) -> PolarEventBatch {
        var batch = PolarEventBatch()
        batch.drafts.reserveCapacity(events.count)
        batch.organizations.reserveCapacity(events.count)
        for (index, json) in events.enumerated() {
            let event = QuickEvent.read(json, at: now) ?? event(json, at: location + [.integer(Int64(index))], now)
            guard let event else {
                guard issues.items.count < Self.eventIssuesMax else { break }
                continue
            }
            batch.drafts.append(event.draft)
            batch.organizations.append(event.organization)
        }
        return batch
    }

    /// An event by one of two schemas; where neither takes it, both tell why.
    private mutating func event(_ json: JSON, at location: [JSON], _ now: Timestamp) -> ReadEvent? {
        var found: [PolarIssue] = []
        for schema in EventSchema.allCases {
            var reader = PolarReader()
            let event = reader.event(json, schema, at: location + [.string(schema.rawValue)], now)
            if let event, reader.issues.items.isEmpty { return event }
            found += reader.issues.items
        }
        for issue in found { issues.append(issue) }
        return nil
    }

    private mutating func event(
        _ json: JSON,
        _ schema: EventSchema,
        at location: [JSON],
        _ now: Timestamp
    ) -> ReadEvent? {
        guard case .object = json else {
            issues.append(.objectType(location, json))
            return nil
        }
        let timestamp = optional(json, "timestamp", location) { $0.pastMoment($1, at: $2, now) }
        let name = needed(json, "name", location) { $0.text($1, at: $2, min: 1, max: Event.nameLengthMax) }
        let organization: Organization.ID? = optional(json, "organization_id", location) { $0.identifier($1, at: $2) }
        let externalID = optional(json, "external_id", location) { $0.externalID($1, at: $2) }
        let parent = optional(json, "parent_id", location) { $0.externalID($1, at: $2) }
        let metadata = json["metadata"].map { self.eventMetadata($0, at: location + ["metadata"]) }
        let customer = needed(json, schema.key, location) { $0.eventCustomer($1, schema, at: $2) }
        if let own = json[schema.key], !own.isNull, let other = json[schema.otherKey], !other.isNull {
            issues.append(.extraInput(location + [.string(schema.otherKey)], other))
        }
        guard let name, let customer else { return nil }
        let draft = EventDraft(
            name: name,
            customer: customer,
            timestamp: timestamp ?? now,
            externalID: externalID,
            parent: parent,
            metadata: (metadata ?? nil) ?? [:]
        )
        return ReadEvent(draft: draft, organization: organization)
    }

    private mutating func eventCustomer(_ json: JSON, _ schema: EventSchema, at location: [JSON]) -> CustomerKey? {
        switch schema {
        case .id: return identifier(json, at: location).map { .id($0) }
        case .externalID:
            let issuesBefore = issues.items.count
            if let text = externalID(json, at: location) { return .externalID(text) }
            if issues.items.count == issuesBefore { issues.append(.tooShort(location, json, min: 1)) }
            return nil
        }
    }

    private mutating func pastMoment(_ json: JSON, at location: [JSON], _ now: Timestamp) -> Timestamp? {
        guard let moment = moment(json, at: location) else { return nil }
        guard moment <= now else {
            issues.append(.value(location, json, "Timestamp must be in the past."))
            return nil
        }
        return moment
    }
}

/// The two ways in which an event names its customer; each is a schema, whose name is in every location.
private enum EventSchema: String, CaseIterable {
    case id = "EventCreateCustomer"
    case externalID = "EventCreateExternalCustomer"

    var key: String { self == .id ? "customer_id" : "external_customer_id" }
    var otherKey: String { self == .id ? "external_customer_id" : "customer_id" }
}

/// An event of a body.
private struct ReadEvent {
    let draft: EventDraft
    let organization: Organization.ID?
}

/// An event that is read in one walk over its members, which gives up where anything needs a closer look.
private struct QuickEvent {
    private var name: String?
    private var customer: CustomerKey?
    private var timestamp: Timestamp?
    private var externalID: String?
    private var parent: String?
    private var organization: Organization.ID?
    private var metadata: JSON = [:]

    static func read(_ json: JSON, at now: Timestamp) -> ReadEvent? {
        guard case .object(let members) = json else { return nil }
        var event = QuickEvent()
        for member in members { guard event.take(member, now) else { return nil } }
        guard let name = event.name, let customer = event.customer else { return nil }
        let draft = EventDraft(
            name: name,
            customer: customer,
            timestamp: event.timestamp ?? now,
            externalID: event.externalID,
            parent: event.parent,
            metadata: event.metadata
        )
        return ReadEvent(draft: draft, organization: event.organization)
    }

    /// Whether a member is certainly right.
    private mutating func take(_ member: JSON.Member, _ now: Timestamp) -> Bool {
        switch member.name {
        case "name":
            name = member.value.plainText(bytesMax: Event.nameLengthMax)
            return name != nil
        case "customer_id":
            guard customer == nil, let id: Customer.ID = member.value.plainID() else { return member.value.isNull }
            customer = .id(id)
        case "external_customer_id":
            guard customer == nil, let id = member.value.plainExternalID else { return member.value.isNull }
            customer = .externalID(id)
        case "timestamp":
            guard let text = member.value.string else { return member.value.isNull }
            timestamp = try? Timestamp(parsing: text)
            return timestamp.map { $0 <= now } ?? false
        case "external_id":
            externalID = member.value.plainExternalID
            return externalID != nil || member.value.isNull
        case "parent_id":
            parent = member.value.plainExternalID
            return parent != nil || member.value.isNull
        case "organization_id":
            organization = member.value.plainID()
            return organization != nil || member.value.isNull
        case "metadata":
            metadata = member.value
            return metadata.isPlainMetadata
        default: break
        }
        return true
    }
}

extension JSON {
    /// A text without U+0000 that is short enough in any case; nil for all that needs a closer look.
    fileprivate func plainText(bytesMax: Int) -> String? {
        guard case .string(let text) = self, 1...bytesMax ~= text.utf8.count, text.hasNoNull else { return nil }
        return text
    }

    /// An external id that trimming leaves as it is.
    fileprivate var plainExternalID: String? {
        guard let text = plainText(bytesMax: Customer.externalIDBytesMax), let first = text.utf8.first,
            let last = text.utf8.last, 0x21...0x7E ~= first, 0x21...0x7E ~= last
        else { return nil }
        return text
    }

    fileprivate func plainID<Entity>() -> Identifier<Entity>? {
        guard case .string(let text) = self, let id = Identifier<Entity>(text), id.version == 4 else { return nil }
        return id
    }
}

extension PolarIssue {
    fileprivate static func secondOrganization(_ location: [JSON], _ input: JSON) -> PolarIssue {
        PolarIssue(
            type: "value_error",
            location: location,
            message: "All events of a request must belong to one organization.",
            input: input
        )
    }
}
