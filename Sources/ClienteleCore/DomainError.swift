/// What can go wrong in the domain, told without HTTP and without SQL.
public enum DomainError: Error {
    /// There is no such record, or not for this caller.
    case notFound(Resource)
    /// Rules refused the request; nothing was changed. In the order in which a caller should read them.
    case refused([Refusal])
    /// The request is understood, and not allowed; the reason is for people.
    case notPermitted(NotPermitted)
    /// One external id names a customer in more than one of the caller's organizations.
    case ambiguousExternalID
    /// A subscription is not in a state for what was asked.
    case subscription(SubscriptionState)
    /// The record has another version than the caller has seen.
    case versionMismatch(current: Int64)
    /// The state did not become as new as the caller wanted it.
    case stateTooOld(version: Int64)
    /// Changes that the caller has not read are kept no longer; the first that is.
    case changesGone(first: FeedEntry.Sequence)
    /// The organization's plan does not reach as far.
    case notEntitled(Plan.Denial)
    /// The organization has made as many calls as it may for now.
    case rateLimited(RateVerdict)
    /// A call of that idempotency key has been answered already, by these bytes.
    case answered(RecordedAnswer)
    /// Another call has had that idempotency key.
    case keyReused
    /// A call of that idempotency key has not ended yet.
    case keyInProgress
    /// The store cannot answer now. The cause is for the log, never for a caller.
    case unavailable(cause: any Error)
    /// A fault of ours. The cause is for the log, never for a caller.
    case fault(cause: any Error)

    /// A kind of record that was asked for.
    public enum Resource: Sendable {
        case customer, member, organization, token
        case product, benefit, subscription, meter, customerMeter, event
        case webhookEndpoint, webhookEvent
    }

    /// A thing that a caller may not do.
    public enum NotPermitted: Sendable { case secondMemberOfIndividual }

    /// What keeps a subscription from being changed.
    public enum SubscriptionState: Sendable {
        case alreadyCanceled
        case inactive(Subscription.ID)
        case notScheduledToEnd
        case ended
        case notOnTrial
    }
}

/// One rule that a request broke.
public struct Refusal: Sendable, Equatable {
    public let rule: Rule
    /// What was sent, where that helps.
    public let input: String?

    public init(_ rule: Rule, input: String? = nil) {
        self.rule = rule
        self.input = input
    }

    /// The rules that a request can break after its shape was found right.
    public enum Rule: Sendable, Equatable {
        case emailTaken
        case emailMissing
        case externalIDTaken
        case externalIDFixed
        case billingAddressFixed
        case typeDowngrade
        case taxIDNeedsCountry
        case taxIDInvalid
        case organizationName
        case teamName
        case teamUnknown
        case teamMissing
        case tokenLabel
        case planCustomers
        case callLimit
        case organizationUnknown
        case tokenOrganizations
        case memberEmailTaken
        case memberEmailOfIndividualOwner
        case memberExternalIDTaken
        case memberSoleOwnerDemoted
        case memberSoleOwnerDeleted
        case productUnknown
        case productNotRecurring
        case productNotFree
        case priceUnknown(index: Int)
        case priceMeterUnknown(index: Int)
        case benefitUnknown(index: Int)
        case benefitMeterUnknown
        case subscriptionCustomerUnknown(CustomerKey)
        case eventCustomerUnknown(index: Int)
        case eventParentUnknown(index: Int)
        case webhookURL(WebhookURL.Fault)
        case webhookSecrets
        case webhookEndpoints
    }
}
