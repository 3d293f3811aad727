/// The use cases of events.
public struct Events: KeyedUseCases {
    private var store: any MeterStore
    private let surroundings: Surroundings

    public init(store: any MeterStore, surroundings: Surroundings = .system) {
        self.store = store
        self.surroundings = surroundings
    }

    public func keyed(_ call: KeyedCall) -> Events {
        var keyed = self
        keyed.store = store.keyed(call)
        return keyed
    }

    /// The moment that an event is given which names none.
    public var now: Timestamp { surroundings.now() }

    /// Keeps a batch of events, all or none, and counts them.
    ///
    /// Refuses ids of customers that there are not; events of an external id that nobody has wait for its customer.
    public func ingest(
        _ drafts: [EventDraft],
        in organization: Organization.ID
    ) async throws(DomainError) -> EventsReceipt {
        let surroundings = surroundings
        let now = surroundings.now()
        return try await store.ingest(drafts, in: organization, at: now, surroundings) { account, sources in
            try account.advance(to: now, sources)
        }
    }

    public func list(_ query: EventQuery) async throws(DomainError) -> Page<Event> { try await store.events(query) }

    public func event(_ id: Event.ID, in organizations: [Organization.ID]) async throws(DomainError) -> Event {
        try await store.event(id, in: organizations)
    }
}

extension Event {
    /// New ids that have version 4's form and grow with time, and within the batch, so that an index of many grows at its end.
    package static func newIDs(_ count: Int, at moment: Timestamp, _ surroundings: Surroundings) -> [ID] {
        let random: ID = surroundings.newIdentifier()
        let milliseconds = UInt64(bitPattern: moment.microseconds / 1_000)
        let high = milliseconds << 16 | random.high & 0xFFFF
        // From a random place on, in steps of a random size; the variant's bits are above.
        let variant: UInt64 = 0x8000_0000_0000_0000
        let start = random.low & 0x1FFF_FFFF_FFFF_FFFF
        let step = random.high >> 24 | 1
        return (0..<UInt64(count)).map { ID(high: high, low: variant | start + $0 * step) }
    }
}
