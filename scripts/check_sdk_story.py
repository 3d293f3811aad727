"""One story through Polar's official Python SDK: what is sold, who has it, what they use, and how it ends."""


def plain(value):
    """The text of an enumeration's case, or the value."""
    return getattr(value, "value", value)


class StoryBefore1:
    """The calls of `polar_sdk`: one request object a call."""

    BODIES = {
        "benefits.update": "request_body", "products.update": "product_update", "meters.update": "meter_update",
        "products.update_benefits": "product_benefits_update", "subscriptions.update": "subscription_update",
    }

    def __init__(self, sdk):
        self.sdk = sdk

    def make(self, path, **body):
        return self.method(path)(request=body)

    def change(self, path, id, **body):
        return self.method(path)(id=id, **{self.BODIES[path]: body})

    def get(self, path, id):
        return self.method(path)(id=id)

    def items(self, path, *ids, **query):
        page = self.method(path)(**dict(zip(["id"], ids)), **query)
        return getattr(page, "result", page).items

    def state(self, id):
        return self.get("customers.get_state", id)

    def method(self, path):
        resource, name = path.split(".")
        return getattr(getattr(self.sdk, resource), name)


class Story(StoryBefore1):
    """The calls of `polar`: keywords for the body."""

    def make(self, path, **body):
        return self.method(path)(**body)

    def change(self, path, id, **body):
        return self.method(path)(id, **body)

    def get(self, path, id):
        return self.method(path)(id)

    def items(self, path, *ids, **query):
        return self.method(path)(*ids, **query).items

    def state(self, id):
        """Nothing: the SDK's type of a state's subscriptions takes the two values of another type for their status."""
        return None


def tell(story, customer, tag):
    """Plays the story for a customer that has nothing yet; every answer is read by the SDK's own types."""
    meter = story.make(
        "meters.create",
        name=f"Calls {tag}",
        filter={"conjunction": "and", "clauses": [{"property": "name", "operator": "eq", "value": f"call.{tag}"}]},
        aggregation={"func": "sum", "property": "amount"},
    )
    benefits = [
        story.make("benefits.create", type="feature_flag", description="Single sign-on", properties={}, metadata={"key": "sso"}),
        story.make("benefits.create", type="custom", description="A person to call", properties={"note": "Call us"}),
        story.make(
            "benefits.create", type="meter_credit", description="A hundred calls",
            properties={"units": 100, "rollover": False, "meter_id": meter.id},
        ),
        story.make("benefits.create", type="license_keys", description="Desktop app", properties={"prefix": "DEMO"}),
    ]
    product = story.make(
        "products.create", name=f"Free {tag}", recurring_interval="month",
        prices=[{"amount_type": "fixed", "price_amount": 0, "price_currency": "usd"}],
    )
    product = story.change("products.update_benefits", product.id, benefits=[benefit.id for benefit in benefits])
    assert [benefit.id for benefit in product.benefits] == [benefit.id for benefit in benefits], product.benefits
    assert product.prices[0].price_amount == 0, product.prices

    subscription = story.make("subscriptions.create", product_id=product.id, customer_id=customer.id)
    assert plain(subscription.status) == "active" and subscription.product.id == product.id, subscription
    events = [{"name": f"call.{tag}", "customer_id": customer.id, "metadata": {"amount": 7}} for _ in range(10)]
    receipt = story.make("events.ingest", events=events)
    assert (receipt.inserted, receipt.duplicates) == (10, 0), receipt

    state = story.state(customer.id)
    if state is not None:
        assert [item.id for item in state.active_subscriptions] == [subscription.id], state.active_subscriptions
        kinds = sorted(plain(grant.benefit_type) for grant in state.granted_benefits)
        assert kinds == ["custom", "feature_flag", "license_keys", "meter_credit"], kinds
        assert [meter.balance for meter in state.active_meters] == [30], state.active_meters
    used, = story.items("customer_meters.list", customer_id=customer.id)
    assert (used.meter_id, used.consumed_units, used.credited_units, used.balance) == (meter.id, 70, 100, 30), used
    assert story.get("customer_meters.get", used.id).balance == 30
    assert len(story.items("events.list", customer_id=customer.id)) == 10
    assert len(story.items("benefit_grants.list", customer_id=customer.id, is_granted=True)) == 4
    assert len(story.items("benefits.grants", benefits[0].id)) == 1

    ending = story.change("subscriptions.update", subscription.id, cancel_at_period_end=True)
    assert ending.cancel_at_period_end and ending.ends_at == ending.current_period_end, ending
    state = story.state(customer.id)
    assert state is None or state.active_subscriptions[0].cancel_at_period_end, state
    again = story.change("subscriptions.update", subscription.id, cancel_at_period_end=False)
    assert not again.cancel_at_period_end and again.ends_at is None, again
    ended = story.get("subscriptions.revoke", subscription.id)
    assert plain(ended.status) == "canceled" and ended.ended_at is not None, ended
    state = story.get("customers.get_state", customer.id)
    assert not state.active_subscriptions and not state.granted_benefits, state
    assert state.active_meters[0].balance == -70, state.active_meters

    assert [item.id for item in story.items("subscriptions.list", customer_id=customer.id)] == [subscription.id]
    assert product.id in [item.id for item in story.items("products.list", query=tag)]
    for benefit in benefits:
        story.get("benefits.delete", benefit.id)
    story.change("products.update", product.id, is_archived=True)
    story.change("meters.update", meter.id, is_archived=True)
