/// What an organization may use of this service; one without a plan may use everything.
public struct Plan: Sendable, Equatable {
    /// Customers that it may have, archived ones too; nil is no limit.
    public var customersMax: Int?
    /// What it does not have.
    public var withheld: Set<Feature>
    /// Whether it may use any of the API.
    public var isActive: Bool

    public init(customersMax: Int? = nil, withheld: Set<Feature> = [], isActive: Bool = true) {
        self.customersMax = customersMax
        self.withheld = withheld
        self.isActive = isActive
    }

    /// A part of the API that a plan can lack.
    public enum Feature: String, Sendable, CaseIterable {
        case customers, members, products, benefits, subscriptions, meters, events, webhooks
    }

    /// Why a call is beyond the plan.
    public enum Denial: Sendable, Equatable {
        case featureNotEntitled(Feature)
        case quotaExceeded
        case subscriptionInactive
    }

    /// Why a call for `feature` is not answered; nil where it is.
    public func denial(of feature: Feature) -> Denial? {
        guard isActive else { return .subscriptionInactive }
        return withheld.contains(feature) ? .featureNotEntitled(feature) : nil
    }
}

/// How many calls a minute an organization may make, by class; a bucket holds as many tokens.
public struct CallLimits: Sendable, Equatable {
    /// Calls that change nothing; nil is no limit.
    public var readsPerMinute: Int?
    /// Calls that may change something; nil is no limit.
    public var writesPerMinute: Int?

    public static let perMinuteMax = 1_000_000

    public init(readsPerMinute: Int?, writesPerMinute: Int?) {
        self.readsPerMinute = readsPerMinute
        self.writesPerMinute = writesPerMinute
    }

    /// Calls are counted apart by what they can do.
    public enum Class: String, Sendable, CaseIterable { case read, write }

    public func perMinute(_ kind: Class) -> Int? {
        switch kind {
        case .read: readsPerMinute
        case .write: writesPerMinute
        }
    }
}

/// What an operator has set for an organization; nil where nothing was.
public struct Policy: Sendable, Equatable {
    public var plan: Plan?
    public var limits: CallLimits?

    public init(plan: Plan? = nil, limits: CallLimits? = nil) {
        self.plan = plan
        self.limits = limits
    }
}
