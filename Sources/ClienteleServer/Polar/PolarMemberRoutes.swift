import ClienteleCore
import ClienteleJSON
import Hummingbird

/// Polar's members of a customer.
struct PolarMemberRoutes {
    let members: Members

    static let reading: [Scope] = [.membersRead, .membersWrite]
    static let writing: [Scope] = [.membersWrite]

    var endpoints: [PolarEndpoint] {
        [
            .get("members", Self.reading, list),
            .post("customers/:id/members", Self.writing, { try await create($0, PolarCall.customerID) }),
            .get("customers/:id/members/:member", Self.reading, { try await get($0, .byID) }),
            .patch("customers/:id/members/:member", Self.writing, { try await update($0, .byID) }),
            .delete("customers/:id/members/:member", Self.writing, { try await delete($0, .byID) }),
            .post(
                "customers/external/:external_id/members",
                Self.writing,
                { try await create($0, PolarCall.customerExternalID) }
            ),
            .get("customers/external/:external_id/members/:member", Self.reading, { try await get($0, .byExternalID) }),
            .patch(
                "customers/external/:external_id/members/:member",
                Self.writing,
                { try await update($0, .byExternalID) }
            ),
            .delete(
                "customers/external/:external_id/members/:member",
                Self.writing,
                { try await delete($0, .byExternalID) }
            ),
        ]
    }

    @Sendable func list(_ call: PolarCall) async throws -> Response {
        var reader = PolarReader()
        let asked = call.query
        let (page, limit) = reader.page(asked)
        var query = MemberQuery(organizations: call.caller.organizations, page: page, limit: limit)
        query.descending = reader.sorting(asked, by: ["created_at"])?.first?.descending ?? true
        if let text = reader.text("role", asked) {
            query.role = Member.Role(rawValue: text)
            if query.role == nil {
                let choices = Member.Role.allCases.map(\.rawValue)
                reader.issues.append(.choice(["query", "role"], .string(text), of: choices))
            }
        }
        query.customer = reader.text("external_customer_id", asked).map { .externalID($0) }
        let customerID = reader.text("customer_id", asked)
        try reader.issues.finish()
        if let customerID {
            guard let id = Customer.ID(customerID) else { throw PolarFailure.malformedCustomerID }
            query.customer = .id(id)
        }
        let found = try await members.list(query)
        return Response(.ok) { $0.polarPage(found, limit: limit) { $0.polarMember($1) } }
    }

    private func create(
        _ call: PolarCall,
        _ customer: (PolarCall) -> (inout PolarReader) -> CustomerKey?
    ) async throws -> Response {
        var reader = PolarReader()
        let customer = customer(call)(&reader)
        let draft = reader.memberDraft(call.body)
        try reader.issues.finish()
        guard let customer, let draft else { throw PolarFailure.unreadableBody }
        return try await call.keyed.effect(on: members) {
            try await $0.add(draft, to: customer, in: call.caller.organizations)
        } answer: { member in
            Answer(.created) { $0.polarMember(member) }.about(member.customer)
        }
    }

    private func get(_ call: PolarCall, _ path: MemberPath) async throws -> Response {
        let (customer, key) = try path.keys(of: call)
        let member = try await members.member(key, of: customer, in: call.caller.organizations)
        return Response(.ok) { $0.polarMember(member) }
    }

    private func update(_ call: PolarCall, _ path: MemberPath) async throws -> Response {
        var reader = PolarReader()
        let patch = reader.memberPatch(call.body)
        let (customer, key) = try path.keys(of: call, &reader)
        guard let patch else { throw PolarFailure.unreadableBody }
        return try await call.keyed.effect(on: members) {
            try await $0.update(key, of: customer, in: call.caller.organizations, by: patch)
        } answer: { member in
            Answer(.ok) { $0.polarMember(member) }.about(member.customer)
        }
    }

    private func delete(_ call: PolarCall, _ path: MemberPath) async throws -> Response {
        let (customer, key) = try path.keys(of: call)
        return try await call.keyed.effect(on: members) {
            try await $0.remove(key, of: customer, in: call.caller.organizations)
        } answer: {
            Answer(status: .noContent)
        }
    }

    /// The two ways in which a path names a member and its customer.
    private enum MemberPath {
        case byID
        case byExternalID

        func keys(of call: PolarCall) throws -> (customer: CustomerKey, member: MemberKey) {
            var reader = PolarReader()
            return try keys(of: call, &reader)
        }

        /// Reads the path after other parts of the call, and throws what all of them found wrong.
        func keys(
            of call: PolarCall,
            _ reader: inout PolarReader
        ) throws -> (customer: CustomerKey, member: MemberKey) {
            let text = JSON.string(call.parameter("member"))
            let customer: CustomerKey?
            let member: MemberKey?
            switch self {
            case .byID:
                customer = call.customerID(&reader)
                let id: Member.ID? = reader.identifier(text, at: ["path", "member_id"])
                member = id.map { .id($0) }
            case .byExternalID:
                customer = call.customerExternalID(&reader)
                member = reader.string(text, at: ["path", "member_external_id"]).map { .externalID($0) }
            }
            try reader.issues.finish()
            guard let customer, let member else { throw PolarFailure.notFound }
            return (customer, member)
        }
    }
}

extension PolarReader {
    fileprivate mutating func memberDraft(_ body: PolarBody) -> MemberDraft? {
        guard let json = body.object(&self) else { return nil }
        let name = optional(json, "name", ["body"]) { $0.trimmedString($1, at: $2, max: Customer.nameLengthMax) }
        let externalID = optional(json, "external_id", ["body"]) { $0.externalID($1, at: $2) }
        let role = json["role"].map { self.role($0, at: ["body", "role"], of: [.member, .billingManager]) }
        guard let value = json["email"] else {
            issues.append(.missing(["body", "email"], in: json))
            return nil
        }
        guard let email = email(value, at: ["body", "email"]) else { return nil }
        return MemberDraft(email: email, name: name, externalID: externalID, role: (role ?? nil) ?? .member)
    }

    fileprivate mutating func memberPatch(_ body: PolarBody) -> MemberPatch? {
        guard let json = body.object(&self) else { return nil }
        return MemberPatch(
            email: optional(json, "email", ["body"]) { $0.email($1, at: $2) },
            name: change(json, "name") { $0.trimmedString($1, at: $2, max: Customer.nameLengthMax) },
            role: optional(json, "role", ["body"]) { $0.role($1, at: $2, of: Member.Role.allCases) }
        )
    }

    private mutating func role(_ json: JSON, at location: [JSON], of roles: [Member.Role]) -> Member.Role? {
        if case .string(let text) = json, let role = roles.first(where: { $0.rawValue == text }) { return role }
        var issue = PolarIssue.choice(location, json, of: roles.map(\.rawValue))
        if !roles.contains(.owner) {
            // The original's words, which let its language through.
            let expected = roles.map { "<MemberRole.\($0.rawValue): '\($0.rawValue)'>" }.joined(separator: " or ")
            issue.type = "literal_error"
            issue.message = "Input should be \(expected)"
            issue.context = ["expected": .string(expected)]
        }
        issues.append(issue)
        return nil
    }
}

extension JSONWriter {
    mutating func polarMember(_ member: Member) {
        beginObject()
        self.member("id", member.id)
        self.member("created_at", member.createdAt)
        self.member("modified_at", member.modifiedAt)
        self.member("customer_id", member.customer)
        self.member("email", member.email.text)
        self.member("name", member.name)
        self.member("external_id", member.externalID)
        self.member("role", member.role.rawValue)
        endObject()
    }
}
