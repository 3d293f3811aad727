/// What an update asks of one field: nothing, that it be emptied, or a value.
public enum Change<Value: Sendable>: Sendable {
    case keep
    case clear
    case set(Value)

    public var isAsked: Bool { if case .keep = self { false } else { true } }

    public var value: Value? { if case .set(let value) = self { value } else { nil } }

    /// Makes the change to `field`.
    public func apply(to field: inout Value?) {
        switch self {
        case .keep: return
        case .clear: field = nil
        case .set(let value): field = value
        }
    }
}

extension Change: Equatable where Value: Equatable {}
