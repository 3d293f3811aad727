public import ClienteleCore
import ClienteleJSON

extension SQLStore: CustomerStore {
    public func customers(_ walk: CustomerWalk) async throws(DomainError) -> [Customer] {
        // Without a filter it is a walk of one index.
        let isQuick = walk.status == nil && walk.team == nil
        let body = { @Sendable (session: any SQLSession) in try session.customers(walk) }
        return isQuick ? try await readPoint(body) : try await read(body)
    }

    public func customer(
        _ key: CustomerKey,
        in organizations: [Organization.ID]
    ) async throws(DomainError) -> Customer {
        try await readPoint { try $0.customer(key, in: organizations) }
    }

    public func customers(
        of organization: Organization.ID,
        after last: Customer?,
        limit: Int
    ) async throws(DomainError) -> [Customer] {
        try await read { session in
            try session.rows(
                """
                SELECT \(Customer.columns) FROM customers
                WHERE organization_id = $1 AND deleted_at IS NULL AND (created_at, number) > (
                    $2, coalesce((SELECT number FROM customers WHERE organization_id = $1 AND id = $3), 0)
                )
                ORDER BY created_at, number LIMIT $4
                """,
                [
                    SQLValue(organization), .integer(last?.createdAt.microseconds ?? .min),
                    last.map { SQLValue($0.id) } ?? .null, .integer(Int64(limit)),
                ],
                Customer.init(row:)
            )
        }
    }

    public func taken(_ keys: CustomerKeys, in organization: Organization.ID) async throws(DomainError) -> TakenKeys {
        try await readPoint { try $0.taken(keys, in: organization, except: nil) }
    }

    public func insert(_ new: NewCustomer, alone: Bool) async throws(DomainError) -> Customer {
        let checked = { @Sendable (session: any SQLSession) in
            try session.insertChecked(new)
            return new.customer
        }
        guard call == nil, !alone else { return try await write(checked) }
        do {
            // The indexes know whether a key is taken. To ask first would cost every call what only a refused one needs.
            let key = new.customer.organization.text + (new.customer.email?.key ?? "")
            let author = author
            try await engine.append(inOrderOf: key) { session in
                try AuthoredSession(session: session, author: author).insert(new)
            }
            writes.raise()
            return new.customer
        } catch let error as SQLError where error.kind == .uniqueViolation {
            return try await write(checked)
        } catch {
            throw Self.domainError(error)
        }
    }

    public func update(
        _ key: CustomerKey,
        in organizations: [Organization.ID],
        claiming keys: CustomerKeys,
        _ change: @escaping @Sendable (inout Customer, TakenKeys) throws(DomainError) -> Void
    ) async throws(DomainError) -> Customer {
        try await write { session in
            let customer = try session.lockedCustomer(key, in: organizations)
            return try session.update(customer, claiming: keys, change)
        }
    }

    public func upsert(
        _ externalID: String,
        in organization: Organization.ID,
        claiming keys: CustomerKeys,
        new: Result<NewCustomer, DomainError>,
        _ change: @escaping @Sendable (inout Customer, TakenKeys) throws(DomainError) -> Void
    ) async throws(DomainError) -> UpsertedCustomer {
        try await write { session in
            if let customer = try session.lockedCustomerIfAny(.externalID(externalID), in: organization) {
                return UpsertedCustomer(try session.update(customer, claiming: keys, change), isNew: false)
            }
            let taken = try session.taken(keys, in: organization, except: nil, lookedFor: externalID)
            let refusals = taken.refusals(of: keys)
            guard refusals.isEmpty else { throw DomainError.refused(refusals) }
            let customer = try new.get()
            try session.insert(customer)
            return UpsertedCustomer(customer.customer, isNew: true)
        }
    }

    public func delete(
        _ key: CustomerKey,
        in organizations: [Organization.ID],
        anonymize: Bool,
        at now: Timestamp,
        _ change: @escaping @Sendable (inout Account, any AccountSources) throws -> Void
    ) async throws(DomainError) {
        try await write { session in
            let customer = try session.lockedCustomer(key, in: organizations)
            let changes = try session.changeAccount(of: customer, change).changes
            var deleted = customer
            if anonymize { deleted.anonymize() }
            deleted.delete(at: now)
            deleted.stateVersion = try session.stateVersion(of: customer) + 1
            if anonymize { try session.eraseChanges(of: customer) }
            let members = try session.removeMembers(of: customer, anonymize: anonymize, at: now)
            try session.removeMetadata(of: customer)
            try session.store(deleted)
            try session.record(.customerDeleted, deleted)
            try session.record(anonymize ? changes.map(\.withoutWords) : changes, of: deleted)
            for member in members { try session.record(.memberDeleted, member) }
            guard anonymize else { return }
            let key: [SQLValue] = [SQLValue(customer.organization), SQLValue(customer.id)]
            try session.execute(
                "UPDATE customers SET anonymized_at = $3 WHERE organization_id = $1 AND id = $2",
                key + [SQLValue(now)]
            )
            try session.forgetAnswers(about: customer)
            // Its own words go, too.
            try session.execute(
                """
                UPDATE subscriptions SET cancellation_comment = NULL WHERE organization_id = $1
                    AND customer_number = (SELECT number FROM customers WHERE organization_id = $1 AND id = $2)
                """,
                key
            )
        }
    }
}

extension SQLSession {
    /// The live customer of that key in one organization.
    func customer(_ key: CustomerKey, in organization: Organization.ID) throws -> Customer? {
        switch key {
        case .id(let id):
            try row(Customer.byID, [SQLValue(organization), SQLValue(id)], Customer.init(row:))
        case .externalID(let externalID):
            try row(Customer.byExternalID, [SQLValue(organization), .text(externalID)], Customer.init(row:))
        }
    }

    /// The one live customer of that key in any of the organizations.
    func customer(_ key: CustomerKey, in organizations: [Organization.ID]) throws -> Customer {
        var found: Customer?
        for organization in organizations {
            guard let customer = try customer(key, in: organization) else { continue }
            guard found == nil else { throw DomainError.ambiguousExternalID }
            found = customer
        }
        guard let found else { throw DomainError.notFound(.customer) }
        return found
    }

    /// The one live customer of that key in any of the organizations, which none but this transaction can now change.
    ///
    /// Its members are under the same lock.
    func lockedCustomer(_ key: CustomerKey, in organizations: [Organization.ID]) throws -> Customer {
        switch dialect {
        case .sqlite: return try customer(key, in: organizations)  // It has one writer at a time.
        case .postgres: break
        }
        while true {
            let found = try customer(key, in: organizations)
            try execute(
                "SELECT 1 FROM customers WHERE organization_id = $1 AND id = $2 FOR NO KEY UPDATE",
                [SQLValue(found.organization), SQLValue(found.id)]
            )
            if let locked = try customer(.id(found.id), in: found.organization) { return locked }
            // It was deleted while the lock was waited for; another customer may have its external id by now.
        }
    }

    fileprivate func lockedCustomerIfAny(_ key: CustomerKey, in organization: Organization.ID) throws -> Customer? {
        do { return try lockedCustomer(key, in: [organization]) } catch DomainError.notFound { return nil }
    }

    /// The keys that others have; where it is a customer that was looked for in vain, the transaction must look again.
    func taken(
        _ keys: CustomerKeys,
        in organization: Organization.ID,
        except customer: Customer.ID?,
        lookedFor externalID: String? = nil
    ) throws -> TakenKeys {
        func isTaken(_ column: String, _ value: String?, _ condition: String = "") throws -> Bool {
            guard let value else { return false }
            let holder: (id: Customer.ID, externalID: String?)? = try row(
                """
                SELECT id, external_id FROM customers
                WHERE organization_id = $1 AND \(column) = $2 \(condition) AND deleted_at IS NULL
                """,
                [SQLValue(organization), .text(value)],
                { (try $0.id(0), $0.text(1)) }
            )
            guard let holder else { return false }
            if let externalID, holder.externalID?.hasSameBytes(as: externalID) == true {
                throw SQLError(.conflict, "the customer was made meanwhile")
            }
            return holder.id != customer
        }
        return TakenKeys(
            email: try isTaken("email_key", keys.email?.key, "AND email_share = 0"),
            externalID: try isTaken("external_id", keys.externalID)
        )
    }

    /// Inserts a customer, or tells which of its keys are taken.
    func insertChecked(_ new: NewCustomer) throws {
        let keys = new.keys
        let refusals = try taken(keys, in: new.customer.organization, except: nil).refusals(of: keys)
        guard refusals.isEmpty else { throw DomainError.refused(refusals) }
        try insert(new)
    }

    func insert(_ new: NewCustomer) throws {
        let customer = new.customer
        try execute(Customer.insertion, customer.columnValues)
        try addMetadata(of: customer)
        if let owner = new.owner {
            try insert(owner)
            try record(.memberCreated, owner)
        }
        try record(.customerCreated, customer)
    }

    func update(
        _ customer: Customer,
        claiming keys: CustomerKeys,
        _ change: (inout Customer, TakenKeys) throws(DomainError) -> Void
    ) throws -> Customer {
        var changed = customer
        // To send the address that the customer has claims none, also where it shares it.
        let isOwn = customer.email?.key == keys.email?.key
        let claimed = isOwn ? CustomerKeys(externalID: keys.externalID) : keys
        try change(&changed, try taken(claimed, in: customer.organization, except: customer.id))
        guard changed != customer else { return customer }
        changed.stateVersion += 1
        try store(changed)
        if changed.metadata != customer.metadata {
            try removeMetadata(of: customer)
            try addMetadata(of: changed)
        }
        if changed.kind == .individual, let email = changed.email, email != customer.email {
            try setOwnerEmail(email, of: changed)
        }
        // Without an address of its own it shows that of its owner, whom only the store knows.
        if changed.email == nil, customer.email != nil {
            changed = try self.customer(.id(changed.id), in: changed.organization) ?? changed
        }
        let isArchiving = changed.status == .archived && customer.status != .archived
        try record(isArchiving ? .customerArchived : .customerUpdated, changed)
        return changed
    }

    /// Raises the version of a customer for a change that is not in its own row.
    func raiseVersion(of number: Int64, in organization: Organization.ID) throws {
        try execute(
            "UPDATE customers SET state_version = state_version + 1 WHERE organization_id = $1 AND number = $2",
            [SQLValue(organization), .integer(number)]
        )
    }

    func stateVersion(of customer: Customer) throws -> Int64 {
        try row(
            "SELECT state_version FROM customers WHERE organization_id = $1 AND id = $2",
            [SQLValue(customer.organization), SQLValue(customer.id)]
        ) { try $0.required(0) } ?? customer.stateVersion
    }

    func number(of customer: Customer) throws -> Int64 {
        try row(
            "SELECT number FROM customers WHERE organization_id = $1 AND id = $2",
            [SQLValue(customer.organization), SQLValue(customer.id)]
        ) { try $0.required(0) } ?? 0
    }

    /// Writes every column of a customer that is there already.
    func store(_ customer: Customer) throws {
        try execute(Customer.replacement, customer.columnValues)
    }

    func addMetadata(of customer: Customer) throws {
        let found = customer.metadata.filterPairs
        guard !found.isEmpty else { return }
        var arguments = [SQLValue(customer.organization), SQLValue(customer.id)]
        let pairs = found.map { "(\(arguments.placeholders([.text($0.name), .text($0.text)])))" }
        try execute(
            """
            INSERT INTO customer_metadata (organization_id, name, value, customer_number)
            SELECT organization_id, pair.column1, pair.column2, number
            FROM customers CROSS JOIN (VALUES \(pairs.joined(separator: ", "))) AS pair
            WHERE organization_id = $1 AND id = $2
            """,
            arguments
        )
    }

    func removeMetadata(of customer: Customer) throws {
        for pair in customer.metadata.filterPairs {
            try execute(
                """
                DELETE FROM customer_metadata
                WHERE organization_id = $1 AND name = $3 AND value = $4
                    AND customer_number = (SELECT number FROM customers WHERE organization_id = $1 AND id = $2)
                """,
                [SQLValue(customer.organization), SQLValue(customer.id), .text(pair.name), .text(pair.text)]
            )
        }
    }
}
