import ClienteleCore
import ClienteleJSON
import Hummingbird
import HummingbirdCore

/// A request whose key was accepted: from here on, the caller is a fact.
struct KirimCall {
    let caller: Caller
    let requestID: String
    let parameters: Parameters
    let query: FormQuery
    /// Nil where the route takes none.
    let body: JSON?
    /// The call as one that is to have its effect once, where it bears an idempotency key.
    var keyed: KeyedCall?

    var organization: Organization.ID { caller.organization }

    /// A parameter of the path, decoded.
    func parameter(_ name: String) -> String { parameters.get(name).map { percentDecoded($0) } ?? "" }

    /// The customer that the path names.
    func customer() throws -> CustomerKey {
        .id(try id("cus", parameter("id"), of: "customer", at: "id"))
    }

    /// Reads what a caller names by id: `record` and `param` are what it is, and where it stands.
    func id<Entity>(
        _ prefix: String,
        _ text: String,
        of record: String,
        at param: String
    ) throws(KirimError) -> Identifier<Entity> {
        let reading: KirimID.Reading<Entity> = KirimID.read(prefix, text)
        switch reading {
        case .id(let id): return id
        case .foreign: throw .notFound
        case .malformed:
            throw .invalid(param, "A \(record)'s id is \(prefix)_ and 26 characters, such as 0-9 and A-Z.")
        }
    }
}

/// Lets in who has a key, as often as they may, and reads what they bring.
struct KirimGate {
    let doorkeeper: Doorkeeper

    /// Calls a minute where nothing is set for the organization.
    static let standardLimits = CallLimits(readsPerMinute: 600, writesPerMinute: 60)

    /// Who calls, counted; throws where there is no usable key, or no token in the bucket.
    func caller(of request: Request, _ context: AppRequestContext) async throws -> (Caller, RateVerdict?) {
        guard let secret = request.bearerSecret else {
            let attempts = doorkeeper.failures.note(from: context.callersAddress)
            throw attempts.isAllowed ? KirimError.missingKey(attempts) : .rateLimited(attempts)
        }
        switch try await doorkeeper.check(secret, from: context.callersAddress) {
        case .admitted(let caller):
            let verdict = try await doorkeeper.count(caller, request.method, standard: Self.standardLimits)
            if let verdict, !verdict.isAllowed { throw KirimError.rateLimited(verdict) }
            return (caller, verdict)
        case .refused(let check, let attempts):
            throw attempts.isAllowed ? KirimError.unusableKey(check, attempts) : .rateLimited(attempts)
        }
    }

    /// The body as JSON; nil for a method that has none.
    func body(of request: Request) async throws -> JSON? {
        guard request.method == .post || request.method == .patch else { return nil }
        let buffer = try await RequestBody.collect(request)
        do {
            return try buffer.json()
        } catch {
            throw KirimError.invalid(nil, "The body is not JSON, from byte \(error.offset) on: \(error.message).")
        }
    }
}
