/// The use cases of meters.
public struct Meters: KeyedUseCases {
    private var store: any MeterStore
    private let surroundings: Surroundings

    public init(store: any MeterStore, surroundings: Surroundings = .system) {
        self.store = store
        self.surroundings = surroundings
    }

    public func keyed(_ call: KeyedCall) -> Meters {
        var keyed = self
        keyed.store = store.keyed(call)
        return keyed
    }

    public func list(_ query: MeterQuery) async throws(DomainError) -> Page<Meter> { try await store.meters(query) }

    public func meter(_ id: Meter.ID, in organizations: [Organization.ID]) async throws(DomainError) -> Meter {
        try await store.meter(id, in: organizations)
    }

    /// Adds a meter; events that came before count.
    public func create(_ draft: MeterDraft, in organization: Organization.ID) async throws(DomainError) -> Meter {
        let meter = Meter(
            id: surroundings.newIdentifier(),
            organization: organization,
            createdAt: surroundings.now(),
            name: draft.name,
            unit: draft.unit,
            customLabel: draft.customLabel,
            customMultiplier: draft.customMultiplier,
            filter: draft.filter,
            aggregation: draft.aggregation,
            metadata: draft.metadata
        )
        return try await store.insert(meter)
    }

    /// Changes a meter; where it counts otherwise from now on, everybody's usage is counted again.
    public func update(
        _ id: Meter.ID,
        in organizations: [Organization.ID],
        by patch: MeterPatch
    ) async throws(DomainError) -> Meter {
        let now = surroundings.now()
        return try await store.updateMeter(id, in: organizations, at: now) { meter in
            let before = meter
            if let name = patch.name { meter.name = name }
            if let unit = patch.unit { meter.unit = unit }
            patch.customLabel.apply(to: &meter.customLabel)
            patch.customMultiplier.apply(to: &meter.customMultiplier)
            if let filter = patch.filter { meter.filter = filter }
            if let aggregation = patch.aggregation { meter.aggregation = aggregation }
            if let metadata = patch.metadata { meter.metadata = metadata }
            if let isArchived = patch.isArchived, isArchived != (meter.archivedAt != nil) {
                meter.archivedAt = isArchived ? now : nil
            }
            if meter != before { meter.modifiedAt = now }
        }
    }
}

/// A meter that is to be made.
public struct MeterDraft: Sendable {
    public var name: String
    public var unit: Meter.Unit
    public var customLabel: String?
    public var customMultiplier: Int?
    public var filter: MeterFilter
    public var aggregation: MeterAggregation
    public var metadata: Metadata

    public init(
        name: String,
        unit: Meter.Unit = .scalar,
        customLabel: String? = nil,
        customMultiplier: Int? = nil,
        filter: MeterFilter,
        aggregation: MeterAggregation,
        metadata: Metadata = Metadata()
    ) {
        self.name = name
        self.unit = unit
        self.customLabel = customLabel
        self.customMultiplier = customMultiplier
        self.filter = filter
        self.aggregation = aggregation
        self.metadata = metadata
    }
}

/// What an update asks of a meter.
public struct MeterPatch: Sendable {
    public var name: String?
    public var unit: Meter.Unit?
    public var customLabel: Change<String> = .keep
    public var customMultiplier: Change<Int> = .keep
    public var filter: MeterFilter?
    public var aggregation: MeterAggregation?
    public var metadata: Metadata?
    public var isArchived: Bool?

    public init() {}
}

/// Which meters a list shows, in what order.
public struct MeterQuery: Sendable {
    public enum Key: String, Sendable, CaseIterable {
        case createdAt = "created_at"
        case name
    }

    public var list: RecordQuery<Key>
    /// Found anywhere in the name, in any letter case.
    public var search: String?
    public var isArchived: Bool?

    public init(_ list: RecordQuery<Key>) { self.list = list }
}
