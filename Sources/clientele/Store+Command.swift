import ArgumentParser
import ClienteleCore
import ClienteleStore

/// Opens the store of `options`, hands it to `body`, and lets it go.
///
/// What the domain refuses is told in one line.
func withStore<Value>(_ options: DataOptions, _ body: (SQLStore) async throws -> Value) async throws -> Value {
    let store = try await openStore(options.location())
    do {
        let value = try await body(store)
        try await store.close()
        return value
    } catch {
        try await store.close()
        throw (error as? DomainError).map(CommandFailure.init) ?? error
    }
}

/// What went wrong, in one line for the person at the terminal.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    init(_ error: DomainError) {
        switch error {
        case .notFound(let resource): self.init("There is no such \(resource).")
        case .refused(let refusals): self.init(refusals.map(Self.text(of:)).joined(separator: " "))
        case .notPermitted, .ambiguousExternalID, .subscription, .versionMismatch, .stateTooOld, .changesGone,
            .rateLimited, .answered, .keyReused, .keyInProgress:
            self.init("That is not allowed.")
        case .notEntitled(.quotaExceeded): self.init("The organization has as many customers as its plan has room for.")
        case .notEntitled: self.init("The organization's plan does not allow that.")
        case .unavailable(let cause): self.init("The database cannot answer: \(cause).")
        case .fault(let cause): self.init("Something is wrong with Clientele: \(cause).")
        }
    }

    private static func text(of refusal: Refusal) -> String {
        switch refusal.rule {
        case .organizationName: "An organization needs a name of 1 to \(Organization.nameLengthMax) characters."
        case .teamName: "A team needs a name of 1 to \(Team.nameLengthMax) characters."
        case .tokenLabel: "A label has at most \(AccessToken.labelLengthMax) characters."
        case .planCustomers: "A plan has room for 0 customers or more."
        case .callLimit: "A limit is 1 to \(CallLimits.perMinuteMax) calls a minute."
        case .organizationUnknown: "There is no organization \(refusal.input ?? "")."
        case .tokenOrganizations:
            "A token of kind organization, and a key of Kirim's dialect, speaks for exactly one; --kind user takes several."
        case .emailTaken: "The organization has a customer with that e-mail address already."
        case .externalIDTaken: "The organization has a customer with that external id already."
        case .teamUnknown, .teamMissing, .emailMissing, .externalIDFixed, .billingAddressFixed, .typeDowngrade,
            .taxIDNeedsCountry, .taxIDInvalid,
            .memberEmailTaken, .memberEmailOfIndividualOwner, .memberExternalIDTaken, .memberSoleOwnerDemoted,
            .memberSoleOwnerDeleted, .productUnknown, .productNotRecurring, .productNotFree, .priceUnknown,
            .priceMeterUnknown, .benefitUnknown, .benefitMeterUnknown, .subscriptionCustomerUnknown,
            .eventCustomerUnknown, .eventParentUnknown, .webhookURL, .webhookSecrets,
            .webhookEndpoints:
            "The rule \(refusal.rule) was broken."
        }
    }
}
