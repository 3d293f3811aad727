import ClienteleCore
import ClienteleJSON

/// The wire's subscription, member for member in the published order.
extension JSONWriter {
    mutating func polarSubscription(_ details: SubscriptionDetails, _ edition: PolarEdition) {
        let subscription = details.subscription
        beginObject()
        member("created_at", subscription.createdAt)
        member("modified_at", subscription.modifiedAt)
        member("id", subscription.id)
        polarTerms(of: subscription)
        polarPeriods(of: subscription, details.product.metering)
        polarEnds(of: subscription)
        member("customer_id", subscription.customer)
        member("product_id", subscription.product)
        nulls(["discount_id", "checkout_id", "seats", "units"])
        member("customer_cancellation_reason", subscription.cancellationReason?.rawValue)
        member("customer_cancellation_comment", subscription.cancellationComment)
        member("price_id", subscription.prices.first?.id.text)
        name("metadata")
        raw(subscription.metadata.text)
        name("custom_field_data")
        raw("{}")
        name("customer")
        polarCustomer(details.customer)
        member("user_id", subscription.customer)
        name("user")
        polarUser(details.customer)
        name("product")
        polarProduct(details.product, edition)
        nulls(["discount"])
        polarPrices(of: details)
        name("meters")
        beginArray()
        for meter in details.meters { polarMeter(meter, of: details) }
        endArray()
        nulls(["pending_update"])
        endObject()
    }

    /// A subscription as a part of a customer's state.
    mutating func polarStateSubscription(
        _ subscription: Subscription,
        _ usage: [StateMeter],
        _ edition: PolarEdition
    ) {
        beginObject()
        member("id", subscription.id)
        member("created_at", subscription.createdAt)
        member("modified_at", subscription.modifiedAt)
        name("custom_field_data")
        raw("{}")
        name("metadata")
        raw(subscription.metadata.text)
        member("status", subscription.status.rawValue)
        member("amount", subscription.amount)
        member("currency", subscription.currency)
        member("recurring_interval", subscription.interval.unit.rawValue)
        member("current_period_start", subscription.currentPeriodStart)
        member("current_period_end", subscription.currentPeriodEnd)
        member("trial_start", subscription.trialStart)
        member("trial_end", subscription.trialEnd)
        member("cancel_at_period_end", subscription.cancelsAtPeriodEnd)
        member("canceled_at", subscription.canceledAt)
        member("started_at", subscription.startedAt)
        member("ends_at", subscription.endsAt)
        member("product_id", subscription.product)
        nulls(["discount_id"])
        member("price_id", subscription.prices.first?.id.text)
        name("meters")
        beginArray()
        for price in subscription.prices {
            guard let metered = price.metered else { continue }
            beginObject()
            polarUsage(price, metered, of: subscription, usage.first { $0.meter == metered.meter })
            endObject()
        }
        endArray()
        if edition == .versioned { nulls(["seats", "units"]) }
        endObject()
    }

    /// Members that are always null here.
    private mutating func nulls(_ names: [StaticString]) {
        for name in names {
            self.name(name)
            null()
        }
    }

    private mutating func polarTerms(of subscription: Subscription) {
        member("amount", subscription.amount)
        member("currency", subscription.currency)
        member("recurring_interval", subscription.interval.unit.rawValue)
        member("recurring_interval_count", subscription.interval.count)
        member("status", subscription.status.rawValue)
    }

    private mutating func polarPeriods(of subscription: Subscription, _ metering: CalendarInterval?) {
        member("current_period_start", subscription.currentPeriodStart)
        member("current_period_end", subscription.currentPeriodEnd)
        nulls(["current_meter_period_start", "current_meter_period_end"])
        member("trial_start", subscription.trialStart)
        member("trial_end", subscription.trialEnd)
    }

    private mutating func polarEnds(of subscription: Subscription) {
        member("cancel_at_period_end", subscription.cancelsAtPeriodEnd)
        member("canceled_at", subscription.canceledAt)
        member("started_at", subscription.startedAt)
        member("ends_at", subscription.endsAt)
        member("ended_at", subscription.endedAt)
        nulls(["past_due_at"])
        member("pause_at_period_end", false)
        nulls(["paused_at", "resumes_at"])
    }

    private mutating func polarUser(_ customer: Customer) {
        beginObject()
        member("id", customer.id)
        member("email", customer.email?.text)
        member("public_name", customer.publicName)
        member("avatar_url", customer.polarAvatarURL)
        nulls(["github_username"])
        endObject()
    }

    private mutating func polarPrices(of details: SubscriptionDetails) {
        let prices = details.subscription.prices.compactMap { agreed in
            details.product.prices.first { $0.id == agreed.id }
        }
        name("price")
        if let price = prices.first { polarPrice(price, of: details.product) } else { null() }
        name("prices")
        beginArray()
        for price in prices { polarPrice(price, of: details.product) }
        endArray()
    }

    private mutating func polarMeter(_ meter: Meter, of details: SubscriptionDetails) {
        guard let price = details.subscription.prices.first(where: { $0.metered?.meter == meter.id }),
            let metered = price.metered
        else { return }
        beginObject()
        polarUsage(price, metered, of: details.subscription, details.usage.first { $0.meter == meter.id })
        name("meter")
        polarMeter(meter)
        endObject()
    }

    private mutating func polarUsage(
        _ price: AgreedPrice,
        _ metered: AgreedPrice.Metered,
        of subscription: Subscription,
        _ usage: StateMeter?
    ) {
        let (consumed, credited) = (usage?.consumed ?? 0, usage?.credited ?? 0)
        member("created_at", subscription.createdAt)
        member("modified_at", usage.map { $0.modifiedAt ?? $0.createdAt }?.text)
        member("id", price.usageID(of: subscription).text)
        member("consumed_units", consumed)
        member("credited_units", credited)
        member("amount", metered.amount(consumed: consumed, credited: credited))
        member("meter_id", metered.meter)
    }
}

extension Customer {
    /// The first letter of the name, or of the address, as the deprecated member of a subscription has it.
    fileprivate var publicName: String? { (name ?? email?.text)?.first.map { String($0).uppercased() } }
}
