import Synchronization

/// The states that a client had last, so that one which has not changed need not be sent again.
final class StateMemory: Sendable {
    private let capacity: Int
    private let kept = Mutex(Kept())

    private struct Kept {
        var states: [CustomerKey: CustomerState] = [:]
        /// The keys, those that were put in first at the front.
        var order: [CustomerKey] = []
    }

    init(capacity: Int) { self.capacity = capacity }

    func state(of key: CustomerKey) -> CustomerState? { kept.withLock { $0.states[key] } }

    /// Keeps a state that has a version: without one, nobody could tell whether it has changed.
    func keep(_ state: CustomerState, of key: CustomerKey) {
        guard state.stateVersion != nil, capacity > 0 else { return }
        kept.withLock { kept in
            if kept.states.updateValue(state, forKey: key) == nil { kept.order.append(key) }
            guard kept.states.count > capacity else { return }
            // Half at a time, so that the order is not moved up for each.
            for key in kept.order.prefix(max(1, capacity / 2)) { kept.states[key] = nil }
            kept.order.removeFirst(max(1, capacity / 2))
        }
    }

    func forget(_ key: CustomerKey) {
        kept.withLock { kept in
            guard kept.states.removeValue(forKey: key) != nil else { return }
            kept.order.removeAll { $0 == key }
        }
    }
}
