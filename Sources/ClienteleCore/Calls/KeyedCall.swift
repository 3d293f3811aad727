public import ClienteleJSON
import Crypto

/// A call that is to have its effect once, however often it is sent: it bears an idempotency key.
public struct KeyedCall: Sendable {
    /// How long an answer is kept for calls of its key, in seconds.
    public static let keptSeconds: Int64 = 86_400
    /// How long a call waits for another of its key that is under way.
    package static let waitedFor = Duration.seconds(30)
    /// The longest key, in characters.
    public static let keyLengthMax = 255

    /// Whose key it is: two organizations may use the same.
    public let organization: Organization.ID
    public let key: String
    /// The SHA-256 of what the call asks for: another call may not have the same key.
    public let fingerprint: [UInt8]
    public let at: Timestamp
    /// The answer to the caller, by what the verb of the store gives back; it is kept with the effect.
    package let answer: @Sendable (any Sendable) throws -> RecordedAnswer

    public init(
        organization: Organization.ID,
        key: String,
        fingerprint: [UInt8],
        at: Timestamp,
        answer: @escaping @Sendable (any Sendable) throws -> RecordedAnswer = { _ in throw UnexpectedValue() }
    ) {
        self.organization = organization
        self.key = key
        self.fingerprint = fingerprint
        self.at = at
        self.answer = answer
    }

    /// The same call, whose effect is answered by `answer`.
    public func answered<Value: Sendable>(
        _ answer: @escaping @Sendable (Value) throws -> RecordedAnswer
    ) -> KeyedCall {
        KeyedCall(organization: organization, key: key, fingerprint: fingerprint, at: at) { value in
            guard let value = value as? Value else { throw UnexpectedValue() }
            return try answer(value)
        }
    }

    /// The moment before which an answer was kept for long enough by the time of the call.
    package var forgottenBefore: Timestamp { Self.forgottenBefore(at: at) }

    static func forgottenBefore(at now: Timestamp) -> Timestamp { now.adding(seconds: -keptSeconds) }

    /// The SHA-256 of what a call asks for, by parts without line breaks; the same for bodies that are the same JSON.
    public static func fingerprint(dialect: Dialect, _ parts: [String], body: JSON?) -> [UInt8] {
        let parts = [dialect.rawValue] + parts + [body?.canonical.text ?? ""]
        return Array(SHA256.hash(data: Array(parts.joined(separator: "\n").utf8)))
    }

    /// A verb of the store gave back what the answer cannot be made of: a fault of ours.
    public struct UnexpectedValue: Error { public init() {} }
}

/// An answer as a surface wrote it down: its status, its headers and its body.
public struct RecordedAnswer: Sendable, Equatable {
    public let bytes: [UInt8]
    /// The customer whose data it holds: the answer goes when that is to be destroyed.
    public let subject: Customer.ID?

    public init(bytes: [UInt8], about subject: Customer.ID? = nil) {
        self.bytes = bytes
        self.subject = subject
    }
}

/// A store whose next write belongs to a call with an idempotency key.
public protocol KeyedStore: Sendable {
    /// The same store, whose write keeps the call's answer with its effect, in one transaction.
    ///
    /// The write throws `.answered`, and does nothing, where the key has been answered already; `.keyReused` where the key
    /// was another call's. What `KeyedCall.answer` is given is what the verb returns, so that its type is a part of the verb's
    /// contract; each verb writes once.
    func keyed(_ call: KeyedCall) -> Self
}

/// Use cases whose effects can be kept apart by idempotency keys.
public protocol KeyedUseCases: Sendable {
    func keyed(_ call: KeyedCall) -> Self
}

/// Where the answers to calls with idempotency keys are kept.
public protocol AnswerStore: Sendable {
    /// The answer to a call of that key; throws `.keyReused` where the key was another call's. A point read.
    func answer(to call: KeyedCall) async throws(DomainError) -> RecordedAnswer?

    /// Keeps the answer to a call that had no effect; throws as `KeyedStore.keyed` tells.
    func keep(_ answer: RecordedAnswer, to call: KeyedCall) async throws(DomainError)

    /// Removes up to `limit` answers of before that moment, and tells how many there were.
    func forgetAnswers(before moment: Timestamp, limit: Int) async throws(DomainError) -> Int
}

/// The use cases of idempotency keys.
public struct KeyedCalls: Sendable {
    private let store: any AnswerStore
    private let surroundings: Surroundings

    public init(store: any AnswerStore, surroundings: Surroundings = .system) {
        self.store = store
        self.surroundings = surroundings
    }

    /// A call with that key, now.
    public func call(_ key: String, in organization: Organization.ID, fingerprint: [UInt8]) -> KeyedCall {
        KeyedCall(organization: organization, key: key, fingerprint: fingerprint, at: surroundings.now())
    }

    /// What the call was answered when it came first; nil where it has not been.
    public func answer(to call: KeyedCall) async throws(DomainError) -> RecordedAnswer? {
        try await store.answer(to: call)
    }

    /// Keeps the answer to a call that was refused; throws `.answered` where another of its key was faster.
    public func keep(_ answer: RecordedAnswer, to call: KeyedCall) async throws(DomainError) {
        try await store.keep(answer, to: call)
    }

    /// Removes some answers that were kept for long enough, and tells whether there may be more.
    public func forgetSome() async throws(DomainError) -> Bool {
        let moment = KeyedCall.forgottenBefore(at: surroundings.now())
        return try await store.forgetAnswers(before: moment, limit: Self.batchSize) == Self.batchSize
    }

    private static let batchSize = 1_000
}

extension JSON {
    /// The same value with the members of every object in the order of their names.
    fileprivate var canonical: JSON {
        switch self {
        case .object(let members):
            .object(
                members.map { JSON.Member($0.name, $0.value.canonical) }
                    .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
            )
        case .array(let items): .array(items.map(\.canonical))
        case .null, .bool, .integer, .bigInteger, .number, .string: self
        }
    }
}
