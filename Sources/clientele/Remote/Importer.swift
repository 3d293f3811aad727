import ClienteleClient
import Synchronization

/// Sends the rows of an import to a server, many at once.
struct Importer: Sendable {
    let client: ClienteleClient
    let ledger: ImportLedger
    /// What the keys of this import's calls begin with.
    let keyPrefix: String
    let callsAtOnce: Int
    /// What holds back all calls of this import.
    let pause: Pause
    let showsProgress: Bool

    /// Sends every row that the ledger does not have, and tells those that failed.
    func run(_ rows: [ImportRow]) async throws -> [ImportFault] {
        let work = Work(rows.filter { !ledger.isDone($0.key) }, of: rows.count)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<min(callsAtOnce, work.left.count) {
                group.addTask { while let row = work.next() { try await send(row, work) } }
            }
            try await group.waitForAll()
        }
        let faults = work.faults.withLock { $0 }
        guard faults.count > 1 else { return faults }
        // They ended in any order, and are told in that of the source.
        let positions = Dictionary(rows.enumerated().map { ($1.place, $0) }) { first, _ in first }
        return faults.sorted { positions[$0.place, default: 0] < positions[$1.place, default: 0] }
    }

    private func send(_ row: ImportRow, _ work: Work) async throws(ClienteleError) {
        do throws(ClienteleError) {
            let outcome = try await pause.whileLimited { () async throws(ClienteleError) in try await send(row) }
            try note(row, outcome)
        } catch {
            guard error.concernsOneRow else { throw error }
            work.faults.withLock { $0.append(ImportFault(place: row.place, reason: "\(error)")) }
        }
        let done = work.finished.add(1, ordering: .relaxed).newValue
        if showsProgress, done % 100 == 0 || done == work.count {
            showProgressBar("Importing", done: done, of: work.count, "customers")
        }
    }

    /// What the tasks of an import share.
    private final class Work: Sendable {
        let left: [ImportRow]
        let count: Int
        let finished: Atomic<Int>
        let faults = Mutex<[ImportFault]>([])
        private let taken = Atomic(0)

        init(_ left: [ImportRow], of count: Int) {
            self.left = left
            self.count = count
            self.finished = Atomic(count - left.count)
        }

        func next() -> ImportRow? {
            let index = taken.add(1, ordering: .relaxed).oldValue
            return index < left.count ? left[index] : nil
        }
    }

    private func note(_ row: ImportRow, _ outcome: ImportLedger.Outcome) throws(ClienteleError) {
        do { try ledger.note(row.key, outcome) } catch { throw .encoding("the ledger cannot be written: \(error)") }
    }

    /// Makes the customer of a row, or brings the one that has its external id up to date.
    private func send(_ row: ImportRow) async throws(ClienteleError) -> ImportLedger.Outcome {
        let customer: CustomerKey
        let outcome: ImportLedger.Outcome
        do throws(ClienteleError) {
            let options = RequestOptions(idempotencyKey: keyPrefix + row.key)
            customer = .id(try await client.customers.create(row.customer, options: options).id)
            outcome = .created
        } catch {
            guard case .validation(let items, _) = error, !items.isEmpty, items.allSatisfy(\.saysTaken) else {
                throw error
            }
            // Only an address says who a customer without an external id is. One with an external id is not there yet
            // where somebody else has its address, and the upsert says so.
            guard let externalID = row.customer.externalID else { return .present }
            _ = try await client.customers.upsert(externalID: externalID, CustomerUpsert(row.customer))
            customer = .externalID(externalID)
            outcome = .updated
        }
        // Outside, because what is wrong with a member says nothing of its customer.
        try await addMembers(of: row, to: customer)
        return outcome
    }

    private func addMembers(of row: ImportRow, to customer: CustomerKey) async throws(ClienteleError) {
        for member in row.members { _ = try await client.members.create(for: customer, member) }
    }
}

/// Holds all calls back while the server says that they are too many.
actor Pause {
    private var until = ContinuousClock.now

    /// Makes a call, again and again until it is let by.
    nonisolated func whileLimited<Value: Sendable>(
        _ call: () async throws(ClienteleError) -> Value
    ) async throws(ClienteleError) -> Value {
        while true {
            do throws(ClienteleError) {
                let moment = await until
                if moment > .now {
                    do { try await Task.sleep(until: moment) } catch { throw .cancelled }
                }
                return try await call()
            } catch {
                guard case .rateLimited(let retryAfter, _) = error else { throw error }
                await hold(for: retryAfter ?? .seconds(1))
            }
        }
    }

    private func hold(for duration: Duration) { until = max(until, .now + duration) }
}

extension ValidationItem {
    /// Whether the fault is that another customer has the value.
    fileprivate var saysTaken: Bool {
        ["body.email", "body.external_id"].contains(path) && type == "value_error" && msg.contains("already exists")
    }
}

extension ClienteleError {
    /// Whether the next row may go well all the same.
    fileprivate var concernsOneRow: Bool {
        switch self {
        case .validation, .conflict, .notFound, .gone, .api, .preconditionFailed: true
        case .unauthorized, .notEntitled, .forbidden, .rateLimited, .server, .decoding, .encoding, .transport,
            .cancelled:
            false
        }
    }
}

extension CustomerUpsert {
    /// Says what a new customer would be; what it does not say stays.
    fileprivate init(_ customer: CustomerCreate) {
        self.init(
            email: customer.email.map { .set($0) } ?? .unchanged,
            name: customer.name.map { .set($0) } ?? .unchanged,
            metadata: customer.metadata.isEmpty ? .unchanged : .set(customer.metadata),
            billingAddress: customer.billingAddress.map { .set($0) } ?? .unchanged,
            taxID: customer.taxID.map { .set($0) } ?? .unchanged,
            locale: customer.locale.map { .set($0) } ?? .unchanged,
            type: customer.type == .team ? .set(.team) : .unchanged,
            owner: customer.owner
        )
    }
}
