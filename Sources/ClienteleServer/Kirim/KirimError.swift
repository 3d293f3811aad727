import ClienteleCore
import ClienteleJSON
import Hummingbird
import Logging

/// One error, as Kirim's dialect tells it: a type and a code that clients branch on, words for people.
struct KirimError: Error {
    enum Kind: String {
        case invalidRequest = "invalid_request_error"
        case authentication = "authentication_error"
        case permission = "permission_error"
        case notFound = "not_found"
        case conflict
        case rateLimit = "rate_limit_error"
        case api = "api_error"
    }

    let status: HTTPResponse.Status
    let kind: Kind
    let code: String
    let message: String
    /// The field that is wrong.
    var param: String?
    /// What the bucket said that the call was counted in, where it got no further.
    var verdict: RateVerdict?
    /// Whether the connection is closed after it.
    var isLast = false

    init(
        _ status: HTTPResponse.Status,
        _ kind: Kind,
        _ code: String,
        _ message: String,
        param: String? = nil,
        verdict: RateVerdict? = nil,
        isLast: Bool = false
    ) {
        self.status = status
        self.kind = kind
        self.code = code
        self.message = message
        self.param = param
        self.verdict = verdict
        self.isLast = isLast
    }

    func answer(_ requestID: String) -> Answer {
        var answer = Answer(status) { writer in
            writer.beginObject()
            writer.name("error")
            writer.beginObject()
            writer.member("type", kind.rawValue)
            writer.member("code", code)
            writer.member("message", message)
            if let param { writer.member("param", param) }
            writer.member("request_id", requestID)
            writer.endObject()
            writer.endObject()
        }
        if status == .serviceUnavailable { answer.headers[.retryAfter] = "1" }
        return isLast ? answer.closing : answer
    }
}

/// The catalogue of errors.
extension KirimError {
    static func missing(_ param: String) -> KirimError {
        KirimError(
            .badRequest,
            .invalidRequest,
            "missing_required_field",
            "The field \(param) is required.",
            param: param
        )
    }

    static func invalid(_ param: String?, _ message: String) -> KirimError {
        KirimError(.badRequest, .invalidRequest, "invalid_field_value", message, param: param)
    }

    static let invalidLimit = KirimError(
        .badRequest,
        .invalidRequest,
        "invalid_limit",
        "The limit is a whole number from 1 to 100.",
        param: "limit"
    )

    static let invalidCursor = KirimError(
        .badRequest,
        .invalidRequest,
        "invalid_cursor",
        "The cursor is not one that this list gave with these filters. Start again without it.",
        param: "cursor"
    )

    static func missingKey(_ verdict: RateVerdict) -> KirimError {
        KirimError(
            .unauthorized,
            .authentication,
            "missing_api_key",
            "Send an API key: Authorization: Bearer kdv_live_…",
            verdict: verdict
        )
    }

    static func unusableKey(_ check: AccessTokens.Check, _ verdict: RateVerdict) -> KirimError {
        let (code, message) =
            switch check {
            case .revoked: ("revoked_api_key", "The API key has been revoked.")
            case .expired: ("expired_api_key", "The API key has expired.")
            case .unknown, .usable: ("invalid_api_key", "There is no such API key.")
            }
        return KirimError(.unauthorized, .authentication, code, message, verdict: verdict)
    }

    static func rateLimited(_ verdict: RateVerdict) -> KirimError {
        KirimError(
            .tooManyRequests,
            .rateLimit,
            "rate_limit_exceeded",
            "Only \(verdict.limit) such requests a minute are allowed. Try again in \(verdict.retryAfterSeconds) s.",
            verdict: verdict
        )
    }

    static let notFound = KirimError(
        .notFound,
        .notFound,
        "resource_not_found",
        "There is no such resource in your organization."
    )

    static let methodNotAllowed = KirimError(
        .methodNotAllowed,
        .invalidRequest,
        "method_not_allowed",
        "The resource is there, but not for this method."
    )

    static let bodyTooLarge = KirimError(
        .contentTooLarge,
        .invalidRequest,
        "request_too_large",
        "The body is larger than \(RequestBody.bytesMax) bytes.",
        isLast: true
    )

    static let unreadableBody = KirimError(
        .badRequest,
        .invalidRequest,
        "invalid_field_value",
        "The body broke off.",
        isLast: true
    )

    static let invalidWebhookURL = KirimError(
        .badRequest,
        .invalidRequest,
        "invalid_webhook_url",
        "The URL must be https, and of a host that is not private.",
        param: "url"
    )

    static let callerGone = KirimError(
        .requestTimeout,
        .api,
        "request_timeout",
        "The connection was closed.",
        isLast: true
    )

    static let internalError = KirimError(
        .internalServerError,
        .api,
        "internal_error",
        "Something went wrong on our side."
    )
}

/// The one place where an error becomes Kirim's.
enum KirimErrors {
    static func error(_ error: any Error, logger: Logger) -> KirimError {
        switch error {
        case let error as KirimError: return error
        case let error as DomainError: return kirim(error, logger)
        case RequestBody.Failure.tooLarge: return .bodyTooLarge
        case RequestBody.Failure.unreadable: return .unreadableBody
        // The caller has gone, and reads no answer.
        case is CancellationError: return .callerGone
        default: return kirim(.fault(cause: error), logger)
        }
    }

    private static func kirim(_ error: DomainError, _ logger: Logger) -> KirimError {
        switch error {
        case .notFound: return .notFound
        case .refused(let refusals):
            guard let refused = refusals.lazy.compactMap(kirim).first else { return fault(error, logger) }
            return refused
        case .notEntitled(let denial): return kirim(denial)
        case .rateLimited(let verdict): return .rateLimited(verdict)
        case .keyReused:
            return KirimError(
                .unprocessableContent,
                .invalidRequest,
                "idempotency_key_reuse",
                "Another request had this Idempotency-Key. Give each request a key of its own.",
                param: "Idempotency-Key"
            )
        case .keyInProgress:
            return KirimError(
                .conflict,
                .conflict,
                "idempotency_in_progress",
                "The first request with this Idempotency-Key has not ended yet. Try again."
            )
        case .unavailable(let cause):
            logger.error("The store cannot answer", metadata: ["error": "\(cause)"])
            return KirimError(
                .serviceUnavailable,
                .api,
                "service_unavailable",
                "The store cannot answer now. Try again."
            )
        case .answered, .fault, .notPermitted, .ambiguousExternalID, .subscription, .versionMismatch, .stateTooOld,
            .changesGone:
            return fault(error, logger)
        }
    }

    private static func fault(_ error: DomainError, _ logger: Logger) -> KirimError {
        logger.error("Request failed", metadata: ["error": "\(error)"])
        return .internalError
    }

    /// Nil for a rule that no request of this dialect can break.
    private static func kirim(_ refusal: Refusal) -> KirimError? {
        switch refusal.rule {
        case .teamMissing: .missing("team_id")
        case .teamUnknown: .invalid("team_id", "There is no such team in your organization.")
        case .webhookURL: .invalidWebhookURL
        case .webhookSecrets:
            .invalid("secrets", "A subscription has at most \(Webhooks.secretsMax) secrets at once.")
        case .webhookEndpoints:
            .invalid("url", "An organization has at most \(Webhooks.endpointsMax) subscriptions: delete one first.")
        case .emailTaken, .emailMissing, .externalIDTaken, .externalIDFixed, .billingAddressFixed, .typeDowngrade,
            .taxIDNeedsCountry, .taxIDInvalid, .organizationName, .teamName, .tokenLabel, .planCustomers, .callLimit,
            .organizationUnknown, .tokenOrganizations, .memberEmailTaken, .memberEmailOfIndividualOwner,
            .memberExternalIDTaken, .memberSoleOwnerDemoted, .memberSoleOwnerDeleted, .productUnknown,
            .productNotRecurring, .productNotFree, .priceUnknown, .priceMeterUnknown, .benefitUnknown,
            .benefitMeterUnknown, .subscriptionCustomerUnknown, .eventCustomerUnknown, .eventParentUnknown:
            nil
        }
    }

    private static func kirim(_ denial: Plan.Denial) -> KirimError {
        let (code, message) =
            switch denial {
            case .featureNotEntitled(let feature):
                ("feature_not_entitled", "Your plan does not include \(feature.rawValue).")
            case .quotaExceeded: ("quota_exceeded", "You have as many customers as your plan has room for.")
            case .subscriptionInactive: ("subscription_inactive", "Your plan is not active.")
            }
        return KirimError(.paymentRequired, .permission, code, message)
    }
}
