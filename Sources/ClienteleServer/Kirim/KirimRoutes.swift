import ClienteleCore
import HTTPTypes
import Hummingbird

/// The whole surface of Kirim's dialect.
struct KirimRoutes {
    let gate: KirimGate
    let idempotency: IdempotentCalls
    let customers: KirimCustomerRoutes
    let me: KirimMeRoutes
    let webhooks: KirimWebhookRoutes

    init(services: Services) {
        self.gate = KirimGate(doorkeeper: services.doorkeeper)
        self.idempotency = IdempotentCalls(calls: services.keyedCalls)
        let cursors = KirimCursors(key: services.cursorKey)
        self.customers = KirimCustomerRoutes(
            customers: services.customers,
            organizations: services.organizations,
            cursors: cursors
        )
        self.webhooks = KirimWebhookRoutes(webhooks: services.kirimWebhooks, cursors: cursors)
        self.me = KirimMeRoutes(organizations: services.organizations)
    }

    var endpoints: [KirimEndpoint] { customers.endpoints + me.endpoints + webhooks.endpoints }

    /// Where every route is.
    var all: [(path: String, method: HTTPRequest.Method)] { endpoints.map { ("/v1/\($0.path)", $0.method) } }

    func add(to router: Router<AppRequestContext>) {
        for endpoint in endpoints {
            router.on(RouterPath("/v1/\(endpoint.path)"), method: endpoint.method) { request, context in
                await respond(to: request, by: endpoint, context)
            }
        }
    }

    /// The answer to what is no route: who calls is asked, and counted, all the same.
    func refuse(_ request: Request, _ context: AppRequestContext, allowed: [HTTPRequest.Method]) async -> Response {
        var verdict: RateVerdict?
        var error = allowed.isEmpty ? KirimError.notFound : .methodNotAllowed
        do { (_, verdict) = try await gate.caller(of: request, context) } catch let failure {
            error = KirimErrors.error(failure, logger: context.logger)
        }
        var response = error.answer(context.requestID).response.limited(by: error.verdict ?? verdict)
        if error.status == .methodNotAllowed {
            response.headers[.allow] = allowed.map(\.rawValue).sorted().joined(separator: ", ")
        }
        return response
    }

    private func respond(
        to request: Request,
        by endpoint: KirimEndpoint,
        _ context: AppRequestContext
    ) async -> Response {
        var verdict: RateVerdict?
        do {
            let caller: Caller
            (caller, verdict) = try await gate.caller(of: request, context)
            let call = KirimCall(
                caller: try endpoint.feature.map(caller.entitled(to:)) ?? caller,
                requestID: context.requestID,
                parameters: context.parameters,
                query: FormQuery(request.uri.query ?? ""),
                body: try await gate.body(of: request)
            )
            let actor = endpoint.method == .get ? nil : caller.token.id
            return await Actor.$current.withValue(actor) { await respond(to: call, by: endpoint, request, context) }
                .limited(by: verdict)
        } catch {
            let error = KirimErrors.error(error, logger: context.logger)
            return error.answer(context.requestID).response.limited(by: error.verdict ?? verdict)
        }
    }

    private func respond(
        to call: KirimCall,
        by endpoint: KirimEndpoint,
        _ request: Request,
        _ context: AppRequestContext
    ) async -> Response {
        func refuse(_ error: any Error) -> Answer {
            KirimErrors.error(error, logger: context.logger).answer(call.requestID).numbered(call.requestID)
        }
        do {
            guard let ask = try endpoint.idempotencyAsk(call, request) else { return try await endpoint.handle(call) }
            return await idempotency.answer(
                ask,
                { keyed in
                    var call = call
                    call.keyed = keyed
                    return try await endpoint.handle(call)
                },
                refuse: refuse
            )
        } catch {
            return refuse(error).response
        }
    }
}

/// One route of Kirim's surface: where it is, what of a plan it needs, and what it does.
struct KirimEndpoint {
    typealias Handler = @Sendable (KirimCall) async throws -> Response

    let method: HTTPRequest.Method
    /// Under `/v1/`.
    let path: String
    /// Nil for what every plan has.
    let feature: Plan.Feature?
    let handle: Handler

    init(_ method: HTTPRequest.Method, _ path: String, _ feature: Plan.Feature?, _ handle: @escaping Handler) {
        self.method = method
        self.path = path
        self.feature = feature
        self.handle = handle
    }

    /// What the caller wants to have done once, where it says so.
    ///
    /// Only a POST heeds an idempotency key.
    func idempotencyAsk(_ call: KirimCall, _ request: Request) throws -> IdempotentCalls.Ask? {
        guard method == .post, let key = request.headers.first(.idempotencyKey) else { return nil }
        guard 1...KeyedCall.keyLengthMax ~= key.unicodeScalars.count else {
            throw KirimError.invalid(
                "Idempotency-Key",
                "An Idempotency-Key has 1 to \(KeyedCall.keyLengthMax) characters."
            )
        }
        let fingerprint = KeyedCall.fingerprint(
            dialect: .kirim,
            [method.rawValue, request.uri.path],
            body: call.body
        )
        return IdempotentCalls.Ask(key: key, organization: call.organization, fingerprint: fingerprint)
    }
}

/// What holds for every answer of Kirim's dialect: what is no route is told in its form, too.
struct KirimMiddleware: RouterMiddleware {
    let kirim: KirimRoutes
    let routes: RouteIndex

    func handle(
        _ request: Request,
        context: AppRequestContext,
        next: @concurrent (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            return await kirim.refuse(request, context, allowed: routes.methods(at: request.uri.path))
        } catch {
            return KirimErrors.error(error, logger: context.logger).answer(context.requestID).response
        }
    }
}

extension Answer {
    /// The answer with the id of its request, which is kept with it: the body has it, too.
    func numbered(_ requestID: String) -> Answer {
        var answer = self
        answer.headers[.requestID] = requestID
        return answer
    }
}

extension Response {
    /// The response with what the limits say.
    fileprivate func limited(by verdict: RateVerdict?) -> Response {
        guard let verdict else { return self }
        var response = self
        response.headers[.rateLimitLimit] = "\(verdict.limit)"
        response.headers[.rateLimitRemaining] = "\(verdict.remaining)"
        response.headers[.rateLimitReset] = "\((verdict.fullAt.microseconds + 999_999) / 1_000_000)"
        if !verdict.isAllowed { response.headers[.retryAfter] = "\(verdict.retryAfterSeconds)" }
        return response
    }
}

extension HTTPField.Name {
    fileprivate static let rateLimitLimit = HTTPField.Name("X-RateLimit-Limit").unsafelyUnwrapped
    fileprivate static let rateLimitRemaining = HTTPField.Name("X-RateLimit-Remaining").unsafelyUnwrapped
    fileprivate static let rateLimitReset = HTTPField.Name("X-RateLimit-Reset").unsafelyUnwrapped
}
