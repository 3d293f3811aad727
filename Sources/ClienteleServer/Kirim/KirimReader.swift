import ClienteleCore
import ClienteleJSON

/// Reads requests by Kirim's rules: the first thing that is wrong is thrown.
enum KirimReader {
    static let nameLengthMax = 200
    static let metadataNamesMax = 64
    /// Of the metadata as compact JSON.
    static let metadataBytesMax = 16_384
    static let limitStandard = 25
    static let limitMax = 100

    /// What a create call brings.
    struct NewCustomer {
        let name: String
        let email: EmailAddress?
        let metadata: Metadata
        let team: Team.ID?
    }

    static func newCustomer(_ body: JSON?) throws(KirimError) -> NewCustomer {
        let json = try object(body)
        guard let name = json["name"] else { throw .missing("name") }
        return NewCustomer(
            name: try self.name(name),
            email: try json["email"].flatMap { (json) throws(KirimError) in try email(json) },
            metadata: try json["metadata"].map { (json) throws(KirimError) in try metadata(json) } ?? .null,
            team: try json["team_id"].flatMap { (json) throws(KirimError) in try team(json) }
        )
    }

    static func patch(_ body: JSON?) throws(KirimError) -> CustomerPatch {
        let json = try object(body)
        var patch = CustomerPatch(rules: KirimCustomerRoutes.rules)
        if let name = json["name"] { patch.name = .set(try self.name(name)) }
        if let email = json["email"] { patch.email = try self.email(email).map { .set($0) } ?? .clear }
        if let metadata = json["metadata"] { patch.metadata = try self.metadata(metadata) }
        if let status = json["status"] { patch.status = try self.status(status.string) }
        return patch
    }

    /// The list that a call asks for; its cursor is left to who can read it.
    static func walk(_ call: KirimCall) throws(KirimError) -> CustomerWalk {
        var walk = CustomerWalk(organization: call.organization, limit: try limit(call))
        if let text = call.query.last("status") { walk.status = try status(text) }
        if let text = call.query.last("team_id") { walk.team = try team(.string(text)) }
        return walk
    }

    /// Items a page.
    static func limit(_ call: KirimCall) throws(KirimError) -> Int {
        guard let text = call.query.last("limit") else { return limitStandard }
        let isNumber = !text.isEmpty && text.utf8.allSatisfy { 0x30...0x39 ~= $0 }
        guard isNumber, let limit = Int(text), 1...limitMax ~= limit else { throw .invalidLimit }
        return limit
    }

    static func object(_ body: JSON?) throws(KirimError) -> JSON {
        guard let body, case .object = body else { throw .invalid(nil, "The body must be a JSON object.") }
        return body
    }

    /// A name with each run of whitespace as one space, and none at its ends.
    private static func name(_ json: JSON) throws(KirimError) -> String {
        guard case .string(let text) = json else { throw .invalid("name", "The name must be a text.") }
        let words = text.unicodeScalars.split { $0.properties.isWhitespace }
        let name = words.map { String($0) }.joined(separator: " ")
        guard 1...nameLengthMax ~= name.unicodeScalars.count, !name.utf8.contains(0) else {
            throw .invalid(
                "name",
                "The name must have 1 to \(nameLengthMax) characters besides whitespace at its ends."
            )
        }
        return name
    }

    private static func email(_ json: JSON) throws(KirimError) -> EmailAddress? {
        switch json {
        case .null: return nil
        case .string(let text):
            guard let address = EmailAddress(plausible: text.trimmed) else {
                throw .invalid("email", "The e-mail address must be of the form name@example.com.")
            }
            return address
        default: throw .invalid("email", "The e-mail address must be a text or null.")
        }
    }

    private static func metadata(_ json: JSON) throws(KirimError) -> Metadata {
        if json == .null { return .null }
        guard case .object(let members) = json else {
            throw .invalid("metadata", "The metadata must be an object or null.")
        }
        guard members.count <= metadataNamesMax else {
            throw .invalid("metadata", "The metadata may have \(metadataNamesMax) keys; these are \(members.count).")
        }
        let metadata = Metadata(members)
        let size = metadata.text.utf8.count
        guard size <= metadataBytesMax else {
            throw .invalid("metadata", "The metadata may have \(metadataBytesMax) bytes as JSON; these are \(size).")
        }
        return metadata
    }

    private static func status(_ text: String?) throws(KirimError) -> Customer.Status {
        guard let status = text.flatMap(Customer.Status.init(rawValue:)) else {
            let names = Customer.Status.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalid("status", "The status must be one of \(names).")
        }
        return status
    }

    private static func team(_ json: JSON) throws(KirimError) -> Team.ID? {
        if json == .null { return nil }
        guard let id = json.string.flatMap({ Team.ID($0) }) else {
            throw .invalid("team_id", "There is no such team in your organization.")
        }
        return id
    }
}
