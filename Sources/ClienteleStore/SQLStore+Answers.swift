public import ClienteleCore
import Crypto

extension SQLStore: AnswerStore {
    public func keyed(_ call: KeyedCall) -> SQLStore {
        var keyed = self
        keyed.call = call
        return keyed
    }

    public func answer(to call: KeyedCall) async throws(DomainError) -> RecordedAnswer? {
        try await readPoint { try $0.answer(to: call) }
    }

    public func keep(_ answer: RecordedAnswer, to call: KeyedCall) async throws(DomainError) {
        _ = try await keyed(call.answered { (_: Bool) in answer }).write { _ in true }
    }

    public func forgetAnswers(before moment: Timestamp, limit: Int) async throws(DomainError) -> Int {
        // Nearly always there is nothing, which a read tells without taking the writer's time.
        let old = try await readPoint { session in
            try session.rows(
                "SELECT organization_id, key FROM answers WHERE created_at < $1 ORDER BY created_at LIMIT \(limit)",
                [SQLValue(moment)]
            ) { (organization: try $0.id(0) as Organization.ID, key: try $0.string(1)) }
        }
        guard !old.isEmpty else { return 0 }
        try await write { session in
            for (organization, key) in old {
                // It may have been given again meanwhile.
                try session.execute(
                    "DELETE FROM answers WHERE organization_id = $1 AND key = $2 AND created_at < $3",
                    [SQLValue(organization), .text(key), SQLValue(moment)]
                )
            }
        }
        return old.count
    }
}

extension SQLSession {
    /// Throws the answer to the call where there is one; else none but this transaction can give it until it ends.
    func claim(_ call: KeyedCall) throws {
        switch dialect {
        case .sqlite: break  // It has one writer at a time.
        case .postgres: try lock(call)
        }
        if let answer = try answer(to: call) { throw DomainError.answered(answer) }
    }

    /// Removes the answers that hold data of a customer.
    func forgetAnswers(about customer: Customer) throws {
        try execute(
            "DELETE FROM answers WHERE organization_id = $1 AND subject_id = $2",
            [SQLValue(customer.organization), SQLValue(customer.id)]
        )
    }

    func keep(_ answer: RecordedAnswer, to call: KeyedCall) throws {
        try execute(
            """
            INSERT INTO answers (organization_id, key, fingerprint, answer, created_at, subject_id)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (organization_id, key) DO UPDATE SET
                fingerprint = excluded.fingerprint, answer = excluded.answer, created_at = excluded.created_at,
                subject_id = excluded.subject_id
            """,
            [
                SQLValue(call.organization), .text(call.key), .bytes(call.fingerprint), .bytes(answer.bytes),
                SQLValue(call.at), answer.subject.map { SQLValue($0) } ?? .null,
            ]
        )
    }

    fileprivate func answer(to call: KeyedCall) throws -> RecordedAnswer? {
        let found = try row(
            "SELECT fingerprint, answer FROM answers WHERE organization_id = $1 AND key = $2 AND created_at >= $3",
            [SQLValue(call.organization), .text(call.key), SQLValue(call.forgottenBefore)]
        ) { row -> (fingerprint: [UInt8], answer: [UInt8]) in
            guard case .bytes(let fingerprint) = row.value(0), case .bytes(let answer) = row.value(1) else {
                throw SQLError.malformed(column: 0)
            }
            return (fingerprint, answer)
        }
        guard let found else { return nil }
        guard found.fingerprint == call.fingerprint else { throw DomainError.keyReused }
        return RecordedAnswer(bytes: found.answer)
    }

    /// Throws where a call of the same key is under way.
    private func lock(_ call: KeyedCall) throws {
        let number = SHA256.hash(data: Array("\(call.organization) \(call.key)".utf8)).prefix(8)
            .reduce(Int64(0)) { $0 << 8 | Int64($1) }
        let isMine = try count("SELECT CASE WHEN pg_try_advisory_xact_lock($1) THEN 1 ELSE 0 END", [.integer(number)])
        guard isMine == 1 else { throw DomainError.keyInProgress }
    }
}
