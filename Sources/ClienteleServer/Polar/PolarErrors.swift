import ClienteleCore
import ClienteleJSON
import Hummingbird
import Logging

/// How Polar's dialect answers what went wrong.
enum PolarErrors {
    /// Seconds after which a caller may try again when the store cannot answer.
    private static let retryAfterSeconds = "1"

    /// The one place where an error becomes Polar's status and body.
    static func answer(to error: any Error, logger: Logger) -> Answer {
        switch error {
        case let issues as PolarIssues: return Answer(.unprocessableContent, issues.json)
        case let failure as PolarFailure: return failure.answer
        case let error as DomainError: return answer(to: error, logger: logger)
        case RequestBody.Failure.tooLarge: return PolarFailure.bodyTooLarge.answer
        case RequestBody.Failure.unreadable: return PolarFailure.unreadableBody.answer.closing
        // The caller has gone, and reads no answer.
        case is CancellationError: return Answer(status: .requestTimeout)
        default: return answer(to: DomainError.fault(cause: error), logger: logger)
        }
    }

    private static func answer(to error: DomainError, logger: Logger) -> Answer {
        switch error {
        case .notFound(let resource):
            return named(.notFound, "ResourceNotFound", text(of: resource))
        case .refused(let refusals):
            // What is wrong with a benefit's properties has an error of its own.
            let isOfProperties = refusals.contains { $0.rule == .benefitMeterUnknown }
            return Answer(
                .unprocessableContent,
                PolarIssues(
                    source: isOfProperties ? .benefitProperties : .service,
                    refusals.map { PolarIssue($0) }
                ).json
            )
        case .notPermitted(.secondMemberOfIndividual): return secondMemberOfIndividual
        case .ambiguousExternalID: return ambiguousExternalID
        case .subscription(let state): return answer(to: state)
        case .versionMismatch(let current): return versionMismatch(current)
        case .stateTooOld(let version): return Answer(.preconditionFailed, stateTooOld(version))
        case .changesGone(let first):
            return named(
                .gone,
                "ChangesGone",
                "Changes before \(first) are not kept any more. Read your records again, then go on after \(first - 1)."
            )
        case .notEntitled(let denial): return answer(to: denial)
        case .rateLimited(let verdict): return tooManyRequests(verdict)
        case .keyReused: return keyReused
        case .keyInProgress: return keyInProgress
        case .unavailable(let cause):
            logger.error("The store cannot answer", metadata: ["error": "\(cause)"])
            var answer = named(.serviceUnavailable, "ServiceUnavailable", "The store cannot answer now. Try again.")
            answer.headers[.retryAfter] = retryAfterSeconds
            return answer
        case .answered, .fault:
            logger.error("Request failed", metadata: ["error": "\(error)"])
            return named(.internalServerError, "InternalServerError", "Internal Server Error")
        }
    }

    private static let secondMemberOfIndividual = named(
        .forbidden,
        "NotPermitted",
        "Individual customers can only have one member (the owner). Upgrade to a team customer to add more members."
    )

    private static let ambiguousExternalID = named(
        .conflict,
        "AmbiguousExternalCustomerID",
        "Several organizations of this token have a customer with this external ID. Use the customer's ID."
    )

    private static let keyReused = named(
        .unprocessableContent,
        "IdempotencyKeyReused",
        "Another call had this Idempotency-Key. Give each call a key of its own."
    )

    private static let keyInProgress = named(
        .conflict,
        "IdempotencyKeyInProgress",
        "The first call with this Idempotency-Key has not ended yet. Try again."
    )

    private static func versionMismatch(_ current: Int64) -> Answer {
        named(
            .preconditionFailed,
            "PreconditionFailed",
            "The customer is of version \(current), which is none of those in If-Match. Read it again."
        )
    }

    private static func answer(to denial: Plan.Denial) -> Answer {
        switch denial {
        case .featureNotEntitled(let feature):
            named(
                .paymentRequired,
                "FeatureNotEntitled",
                "The organization's plan does not include \(feature.rawValue)."
            )
        case .quotaExceeded:
            named(.paymentRequired, "QuotaExceeded", "The organization has as many customers as its plan has room for.")
        case .subscriptionInactive:
            named(.paymentRequired, "SubscriptionInactive", "The organization's plan is not active.")
        }
    }

    private static func tooManyRequests(_ verdict: RateVerdict) -> Answer {
        let seconds = verdict.retryAfterSeconds
        var answer = named(
            .tooManyRequests,
            "TooManyRequests",
            "Only \(verdict.limit) such requests a minute are allowed. Try again in \(seconds) s."
        )
        answer.headers[.retryAfter] = "\(seconds)"
        return answer
    }

    static func stateTooOld(_ version: Int64) -> JSON {
        let detail = "The state is still of version \(version), which is less than min_version. Ask again."
        return ["error": "StateTooOld", "detail": .string(detail)]
    }

    private static func answer(to state: DomainError.SubscriptionState) -> Answer {
        switch state {
        case .alreadyCanceled:
            named(
                .forbidden,
                "AlreadyCanceledSubscription",
                "This subscription is already canceled or will be at the end of the period."
            )
        case .inactive(let id):
            named(.forbidden, "InactiveSubscription", "Subscription \(id.text) is not active.")
        case .notScheduledToEnd:
            named(.badRequest, "BadRequest", "This subscription is not scheduled to end with its period.")
        case .ended: named(.gone, "ResourceUnavailable", "This subscription has ended.")
        case .notOnTrial: named(.badRequest, "BadRequest", "This subscription is not on trial.")
        }
    }

    private static func named(_ status: HTTPResponse.Status, _ error: String, _ detail: String) -> Answer {
        Answer(status, ["error": .string(error), "detail": .string(detail)])
    }

    private static func text(of resource: DomainError.Resource) -> String {
        switch resource {
        case .customer: "Customer not found"
        case .member: "Member not found"
        case .product: "Product not found"
        case .benefit: "Benefit not found"
        case .subscription: "Subscription not found"
        case .meter: "Meter not found"
        case .customerMeter: "Customer meter not found"
        case .event: "Event not found"
        case .webhookEndpoint, .webhookEvent: "Not found"
        case .organization, .token: "Not found"
        }
    }
}

extension PolarIssue {
    /// A broken rule in Polar's words.
    init(_ refusal: Refusal) {
        let (type, location, message) = Self.words(for: refusal.rule)
        self.init(type: type, location: location, message: message, input: JSON(refusal.input))
    }

    private static func words(for rule: Refusal.Rule) -> (type: String, location: [JSON], message: String) {
        switch rule {
        case .emailTaken:
            ("value_error", ["body", "email"], "A customer with this email address already exists.")
        case .emailMissing: ("missing", ["body", "email"], "Field required")
        case .externalIDTaken:
            ("value_error", ["body", "external_id"], "A customer with this external ID already exists.")
        case .externalIDFixed: ("value_error", ["body", "external_id"], "Customer external ID cannot be updated.")
        case .billingAddressFixed:
            ("value_error", ["body", "billing_address"], "Customer billing address cannot be reset to null once set.")
        case .typeDowngrade:
            ("value_error", ["body", "type"], "Customer type cannot be downgraded from 'team' to 'individual'.")
        case .taxIDNeedsCountry: ("missing", ["body", "billing_address"], "Country is required to validate tax ID.")
        case .taxIDInvalid: ("invalid", ["body", "tax_id"], "Invalid tax ID.")
        case .organizationName:
            ("value_error", ["body", "name"], "An organization needs a name of 1 to 256 characters.")
        case .teamName: ("value_error", ["body", "name"], "A team needs a name of 1 to 200 characters.")
        case .teamUnknown: ("value_error", ["body", "team_id"], "Team not found.")
        case .teamMissing: ("missing", ["body", "team_id"], "Field required")
        case .tokenLabel: ("value_error", ["body", "label"], "A label has at most 100 characters.")
        case .planCustomers: ("value_error", ["body", "customers"], "A plan has room for 0 customers or more.")
        case .callLimit: ("value_error", ["body", "limit"], "A limit is 1 to 1000000 calls a minute.")
        case .organizationUnknown: ("value_error", ["body", "organization_id"], "Organization not found.")
        case .tokenOrganizations:
            ("value_error", ["body", "organization_id"], "The token of an organization speaks for exactly one.")
        case .memberEmailTaken:
            ("value_error", ["body", "email"], "A member with this email already exists for this customer.")
        case .memberEmailOfIndividualOwner:
            (
                "value_error", ["body", "email"],
                "Cannot change the email of an individual customer's owner. Update the customer's email instead."
            )
        case .memberExternalIDTaken:
            (
                "value_error", ["body", "external_id"],
                "A member with this external ID already exists for this customer."
            )
        case .memberSoleOwnerDemoted:
            ("value_error", ["body", "role"], "Cannot change role. Customer must have exactly one owner.")
        case .memberSoleOwnerDeleted:
            ("value_error", ["body"], "Cannot delete the only owner. Transfer ownership first.")
        case .productUnknown: ("value_error", ["body", "product_id"], "Product does not exist.")
        case .productNotRecurring: ("value_error", ["body", "product_id"], "Product is not a recurring product.")
        case .productNotFree:
            (
                "value_error", ["body", "product_id"],
                "Product is not free. The customer should go through a checkout to create a paid subscription."
            )
        case .priceUnknown(let index):
            ("value_error", ["body", "prices", .integer(Int64(index))], "Price does not exist.")
        case .priceMeterUnknown(let index):
            ("value_error", ["body", "prices", .integer(Int64(index)), "meter_id"], "Meter does not exist.")
        case .benefitUnknown(let index):
            ("value_error", ["body", "benefits", .integer(Int64(index))], "Benefit does not exist.")
        case .benefitMeterUnknown: ("value_error", ["body", "properties", "meter_id"], "This meter does not exist.")
        case .subscriptionCustomerUnknown(.id):
            ("value_error", ["body", "customer_id"], "Customer does not exist.")
        case .subscriptionCustomerUnknown(.externalID):
            ("value_error", ["body", "external_customer_id"], "Customer does not exist.")
        case .webhookURL(let fault):
            (
                "value_error", ["body", "enabled"],
                fault == .privateAddress ? privateAddressText : "The URL must be https."
            )
        case .webhookSecrets: ("value_error", ["body"], "The endpoint has as many secrets as it may have at once.")
        case .webhookEndpoints:
            (
                "value_error", ["body"],
                "An organization has at most \(Webhooks.endpointsMax) endpoints: delete one first."
            )
        case .eventCustomerUnknown(let index):
            ("customer_id", ["body", "events", .integer(Int64(index)), "customer_id"], "Customer not found.")
        case .eventParentUnknown(let index):
            ("value_error", ["body", "events", .integer(Int64(index)), "parent_id"], "Parent event not found.")
        }
    }
}
