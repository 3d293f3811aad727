import ClienteleCore
import HTTPTypes
import Hummingbird

/// Answers a call that bears an idempotency key once, and gives the same answer whenever it comes again.
struct IdempotentCalls {
    let calls: KeyedCalls

    /// What a caller asked to have done once.
    struct Ask {
        let key: String
        let organization: Organization.ID
        let fingerprint: [UInt8]
    }

    /// Runs `handle`, unless there is an answer already.
    ///
    /// The answer to an effect is kept with it, by the store. What `refuse` makes of an error is kept where the same call
    /// would be refused again.
    func answer(
        _ ask: Ask,
        _ handle: (KeyedCall) async throws -> Response,
        refuse: (any Error) -> Answer
    ) async -> Response {
        let call = calls.call(ask.key, in: ask.organization, fingerprint: ask.fingerprint)
        do {
            if let kept = try await calls.answer(to: call) { return Self.replay(kept, refuse) }
            return Self.marked(try await handle(call), isReplay: false)
        } catch {
            return await refusal(error, of: call, refuse)
        }
    }

    private func refusal(_ error: any Error, of call: KeyedCall, _ refuse: (any Error) -> Answer) async -> Response {
        switch error {
        case DomainError.answered(let kept): return Self.replay(kept, refuse)
        case DomainError.keyReused, DomainError.keyInProgress: return refuse(error).response
        default: break
        }
        let answer = refuse(error)
        if answer.isLasting {
            do { try await calls.keep(answer.recorded, to: call) } catch {
                // Another call of the key was faster, or the answer cannot be kept.
                if case .answered(let kept) = error { return Self.replay(kept, refuse) }
                return refuse(error).response
            }
        }
        return Self.marked(answer.response, isReplay: false)
    }

    private static func replay(_ kept: RecordedAnswer, _ refuse: (any Error) -> Answer) -> Response {
        guard let answer = Answer(kept) else {
            return refuse(DomainError.fault(cause: MalformedRecord())).response
        }
        return marked(answer.response, isReplay: true)
    }

    private static func marked(_ response: Response, isReplay: Bool) -> Response {
        var response = response
        response.headers[.idempotentReplayed] = isReplay ? "true" : "false"
        return response
    }

    /// What was kept is no answer: a fault of ours.
    private struct MalformedRecord: Error {}
}

extension Answer {
    /// Whether the same call would be refused again, however often it came.
    fileprivate var isLasting: Bool {
        switch status.code {
        case 401, 402, 408, 429: false
        default: 400..<500 ~= status.code
        }
    }
}

extension KeyedCall? {
    /// Does what the call asks for, once where it bears a key, and answers.
    ///
    /// `answer` makes of what the store gives back the bytes that are kept with the effect.
    func effect<UseCases: KeyedUseCases, Value: Sendable>(
        on useCases: UseCases,
        _ run: (UseCases) async throws -> Value,
        answer: @escaping @Sendable (Value) -> Answer
    ) async throws -> Response {
        guard let call = self else { return answer(try await run(useCases)).response }
        let keyed = useCases.keyed(call.answered { answer($0).recorded })
        return answer(try await run(keyed)).response
    }
}

extension HTTPField.Name {
    static let idempotencyKey = HTTPField.Name("Idempotency-Key").unsafelyUnwrapped
    static let idempotentReplayed = HTTPField.Name("Idempotent-Replayed").unsafelyUnwrapped
}
