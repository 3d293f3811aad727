/// The use cases of customers' states.
///
/// A state is never stale: it is read from the rows that writes change, and what was to happen by now is done first.
public struct CustomerStates: Sendable {
    private let store: any AccountStore & CatalogStore
    private let surroundings: Surroundings

    public init(store: any AccountStore & CatalogStore, surroundings: Surroundings = .system) {
        self.store = store
        self.surroundings = surroundings
    }

    /// The most customers that one call may ask for.
    public static let queryMax = 1_000
    /// The longest that a call may wait for a version, in seconds.
    public static let waitSecondsMax: Int64 = 60

    public func state(
        of key: CustomerKey,
        in organizations: [Organization.ID]
    ) async throws(DomainError) -> CustomerState {
        let now = surroundings.now()
        while true {
            switch try await store.state(of: key, in: organizations, at: now) {
            case .current(let state): return state
            case .behind: try await catchUp(key, in: organizations, to: now)
            }
        }
    }

    /// The states of several customers; unknown ones are left out.
    public func states(
        of keys: [CustomerKey],
        in organizations: [Organization.ID]
    ) async throws(DomainError) -> [CustomerState] {
        let now = surroundings.now()
        while true {
            let found = try await store.states(of: keys, in: organizations, at: now)
            guard !found.behind.isEmpty else { return found.states }
            for id in found.behind { try await catchUp(.id(id), in: organizations, to: now) }
        }
    }

    /// The state once it is at least of `version`; waits for that as long as `seconds`, and not at all where it is nil.
    ///
    /// Throws `.stateTooOld` where the time did not suffice.
    public func state(
        of key: CustomerKey,
        in organizations: [Organization.ID],
        atLeast version: Int64,
        waiting seconds: Int64?
    ) async throws(DomainError) -> CustomerState {
        let end = ContinuousClock.now + .seconds(min(seconds ?? 0, Self.waitSecondsMax))
        var pause = Duration.milliseconds(5)
        while true {
            let state = try await state(of: key, in: organizations)
            let current = state.customer.stateVersion
            if current >= version { return state }
            guard ContinuousClock.now < end else { throw .stateTooOld(version: current) }
            // A poll, since what raises the version may happen in another process.
            do { try await Task.sleep(for: pause) } catch { throw .stateTooOld(version: current) }
            pause = min(pause * 2, Self.longestPause)
        }
    }

    /// Whether a customer may use what `name` names: a benefit or a meter, by its id or by the `key` in its metadata.
    public func check(
        _ name: String,
        for key: CustomerKey,
        in organizations: [Organization.ID]
    ) async throws(DomainError) -> BenefitCheck {
        let state = try await state(of: key, in: organizations)
        let organization = state.customer.organization
        if let grant = state.grants.first(where: { $0.isNamed(name) }) {
            let subject = BenefitCheck.Subject.benefit(grant.benefit, grant.kind)
            guard grant.kind == .meterCredit,
                let credit = try await store.benefit(grant.benefit, in: [organization]).meterCredit
            else { return BenefitCheck(subject: subject, outcome: .granted) }
            return BenefitCheck(subject: subject, outcome: .metered(state.meters.first { $0.meter == credit.meter }))
        }
        switch try await store.checkedSubject(name, in: organization) {
        case .meter(let meter):
            return BenefitCheck(subject: .meter(meter), outcome: .metered(state.meters.first { $0.meter == meter }))
        case .benefit(let benefit, let kind):
            return BenefitCheck(subject: .benefit(benefit, kind), outcome: .notGranted)
        }
    }

    /// The longest time between two looks at a version that is waited for.
    private static let longestPause = Duration.milliseconds(100)

    private func catchUp(
        _ key: CustomerKey,
        in organizations: [Organization.ID],
        to now: Timestamp
    ) async throws(DomainError) {
        try await store.changeAccount(.customer(key), in: organizations) { account, sources in
            try account.advance(to: now, sources)
        }
    }
}

/// Whether a customer may use one thing, and how much of it.
public struct BenefitCheck: Sendable {
    public enum Subject: Sendable {
        case benefit(Benefit.ID, Benefit.Kind)
        case meter(Meter.ID)
    }

    public enum Outcome: Sendable {
        case granted
        case notGranted
        /// By what is left on a meter; nil where the customer has neither used nor been credited anything.
        case metered(StateMeter?)
    }

    public let subject: Subject
    public let outcome: Outcome

    package init(subject: Subject, outcome: Outcome) {
        self.subject = subject
        self.outcome = outcome
    }

    public var isAllowed: Bool {
        switch outcome {
        case .granted: true
        case .notGranted: false
        case .metered(let meter): (meter?.balance ?? 0) > 0
        }
    }
}

extension StateGrant {
    fileprivate func isNamed(_ name: String) -> Bool {
        benefit.text == name || benefitMetadata.key == name
    }
}
