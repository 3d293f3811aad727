/// Checks that the database at `location` is sound and keeps every rule of Clientele, all at one moment.
///
/// Nothing is changed, and servers go on. `onResult` hears of each check as soon as it is done.
public func verify(
    _ location: StoreLocation,
    onResult: @escaping @Sendable (CheckResult) -> Void = { _ in }
) async throws -> [CheckResult] {
    try await withSnapshot(location) { try Verification(session: $0, onResult: onResult).run() }
}

/// All checks of one database, from the file up to what its rows mean.
package struct Verification {
    let session: any SQLSession
    /// Rows that one statement reads at the most.
    let rowsPerPage: Int
    let onResult: (CheckResult) -> Void

    package init(
        session: any SQLSession,
        rowsPerPage: Int = 2_000,
        onResult: @escaping (CheckResult) -> Void = { _ in }
    ) {
        self.session = session
        self.rowsPerPage = rowsPerPage
        self.onResult = onResult
    }

    package func run() throws -> [CheckResult] {
        var results: [CheckResult] = []
        func add(_ some: [CheckResult]) {
            some.forEach(onResult)
            results += some
        }
        switch session.dialect {
        case .sqlite: add([file()])
        case .postgres: break  // Its server sees to its files, and to what rows name.
        }
        let isDamaged = results.contains { $0.broken > 0 }
        do {
            switch session.dialect {
            case .sqlite: add([try foreignKeys()])
            case .postgres: break
            }
            for invariant in Invariant.all { add([try invariant.result(in: session)]) }
            let customers = try CustomerCheck(session, rowsPerPage: rowsPerPage)
            add(customers.results)
            add(try MemberCheck(session, rowsPerPage: rowsPerPage).results)
            add(try MetadataCheck(session, rowsPerPage: rowsPerPage, pairs: customers.pairs).results)
        } catch is SQLError where isDamaged {
            // What cannot be read has been told of already.
        }
        return results
    }

    /// What SQLite finds, but for CHECK constraints, which it does not know on a connection that only reads.
    private func file() -> CheckResult {
        var result = CheckResult("database_file", "the file is sound, and its indexes are those of its tables")
        do {
            try session.run("PRAGMA integrity_check", []) { row in
                let text = try row.string(0)
                if text != "ok" { result.note(text) }
            }
        } catch {
            // What is damaged badly ends the check.
            result.note((error as? SQLError)?.message ?? "\(error)")
        }
        return result
    }

    private func foreignKeys() throws -> CheckResult {
        var result = CheckResult("foreign_keys", "every row that another one names is there")
        try session.run("PRAGMA foreign_key_check", []) { row in
            result.note("a row of \(row.text(0) ?? "") that names one of \(row.text(2) ?? "")")
        }
        return result
    }
}
