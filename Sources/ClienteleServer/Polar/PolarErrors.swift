import ClienteleCore
import ClienteleJSON
import Hummingbird
import Logging

/// How Polar's dialect answers what went wrong.
enum PolarErrors {
    /// Seconds after which a caller may try again when the store cannot answer.
    private static let retryAfterSeconds = "1"

    /// The one place where an error becomes Polar's status and body.
    static func response(to error: any Error, logger: Logger) -> Response {
        switch error {
        case let issues as PolarIssues: return Response(.unprocessableContent, issues.json)
        case let failure as PolarFailure: return failure.response
        case let error as DomainError: return response(to: error, logger: logger)
        case let error as HTTPError where error.status == .contentTooLarge: return PolarFailure.bodyTooLarge.response
        // The caller has gone, and reads no answer.
        case is CancellationError: return Response(status: .requestTimeout)
        default: return response(to: DomainError.fault(cause: error), logger: logger)
        }
    }

    private static func response(to error: DomainError, logger: Logger) -> Response {
        switch error {
        case .notFound(let resource):
            return named(.notFound, "ResourceNotFound", text(of: resource))
        case .refused(let refusals):
            // What is wrong with a benefit's properties has an error of its own.
            let isOfProperties = refusals.contains { $0.rule == .benefitMeterUnknown }
            return Response(
                .unprocessableContent,
                PolarIssues(
                    source: isOfProperties ? .benefitProperties : .service,
                    refusals.map { PolarIssue($0) }
                ).json
            )
        case .notPermitted(.secondMemberOfIndividual):
            return named(
                .forbidden,
                "NotPermitted",
                "Individual customers can only have one member (the owner). "
                    + "Upgrade to a team customer to add more members."
            )
        case .ambiguousExternalID:
            return named(
                .conflict,
                "AmbiguousExternalCustomerID",
                "Several organizations of this token have a customer with this external ID. Use the customer's ID."
            )
        case .subscription(let state): return response(to: state)
        case .versionMismatch(let current):
            return named(
                .preconditionFailed,
                "PreconditionFailed",
                "The customer is of version \(current), which is none of those in If-Match. Read it again."
            )
        case .stateTooOld(let version): return Response(.preconditionFailed, stateTooOld(version))
        case .unavailable(let cause):
            logger.error("The store cannot answer", metadata: ["error": "\(cause)"])
            var response = named(.serviceUnavailable, "ServiceUnavailable", "The store cannot answer now. Try again.")
            response.headers[.retryAfter] = retryAfterSeconds
            return response
        case .fault(let cause):
            logger.error("Request failed", metadata: ["error": "\(cause)"])
            return named(.internalServerError, "InternalServerError", "Internal Server Error")
        }
    }

    static func stateTooOld(_ version: Int64) -> JSON {
        let detail = "The state is still of version \(version), which is less than min_version. Ask again."
        return ["error": "StateTooOld", "detail": .string(detail)]
    }

    private static func response(to state: DomainError.SubscriptionState) -> Response {
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

    private static func named(_ status: HTTPResponse.Status, _ error: String, _ detail: String) -> Response {
        Response(status, ["error": .string(error), "detail": .string(detail)])
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
        case .eventCustomerUnknown(let index):
            ("customer_id", ["body", "events", .integer(Int64(index)), "customer_id"], "Customer not found.")
        case .eventParentUnknown(let index):
            ("value_error", ["body", "events", .integer(Int64(index)), "parent_id"], "Parent event not found.")
        }
    }
}
