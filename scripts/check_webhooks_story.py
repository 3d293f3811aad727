"""What comes of each thing that a user of the API does, and in which order."""

from check_sdk_story import StoryBefore1
from serving import Failure

STATE = "customer.state_changed"
SUBSCRIBED = ["subscription.created", "subscription.active", "subscription.updated"]
REVOKED = ["subscription.updated", "subscription.canceled", "subscription.revoked"]
# The state is told a second after the last change of it; two of them must not come for one.
QUIET_SECONDS = 2.5


class Story:
    """The checks follow each other: each begins where the one before has ended."""

    def __init__(self, run):
        self.run, self.sdk, self.api, self.tag = run, run.sdk, StoryBefore1(run.sdk), run.tag

    def check_creating_a_customer(self):
        body = {"email": f"ada.{self.tag}@example.com", "external_id": f"ada-{self.tag}", "name": "Ada", "metadata": {"plan": "pro"}}
        self.ada, found = self.after(lambda: self.sdk.customers.create(request=body))
        self.same(found, {self.ada.id: ["member.created", "customer.created", STATE]})
        assert self.data(found, "customer.created")["email"] == body["email"]

    def check_updating_a_customer(self):
        change = {"name": "Łukasz \"A\"", "metadata": {"n": 1.5}}
        changed, found = self.after(lambda: self.sdk.customers.update(id=self.ada.id, customer_update=change))
        self.same(found, {self.ada.id: ["customer.updated", STATE]})
        assert self.data(found, "customer.updated")["name"] == changed.name == self.data(found, STATE)["name"]

    def check_members_of_a_team(self):
        body = {"type": "team", "email": f"team.{self.tag}@example.com", "name": "Team", "owner": {"email": f"own.{self.tag}@example.com"}}
        team, found = self.after(lambda: self.sdk.customers.create(request=body))
        self.same(found, {team.id: ["member.created", "customer.created", STATE]})
        members = self.sdk.customers.members
        new = {"email": f"m.{self.tag}@example.com", "name": "M"}
        made, found = self.after(lambda: members.create(id=team.id, member_create_from_customer=new))
        self.same(found, {team.id: ["member.created"]}, may={STATE})
        _, found = self.after(lambda: members.update(id=team.id, member_id=made.id, member_update={"name": "N"}))
        self.same(found, {team.id: ["member.updated"]}, may={STATE})
        assert self.data(found, "member.updated")["name"] == "N"
        _, found = self.after(lambda: members.delete(id=team.id, member_id=made.id))
        self.same(found, {team.id: ["member.deleted"]}, may={STATE})
        assert self.data(found, "member.deleted")["id"] == made.id

    def check_making_a_meter_tells_nobody(self):
        clauses = [{"property": "name", "operator": "eq", "value": f"call.{self.tag}"}]
        self.meter, found = self.after(lambda: self.api.make(
            "meters.create", name=f"Calls {self.tag}", filter={"conjunction": "and", "clauses": clauses},
            aggregation={"func": "sum", "property": "amount"},
        ), wanted=0)
        self.same(found, {})

    def check_benefits_of_each_kind(self):
        credit = {"units": 100, "rollover": False, "meter_id": self.meter.id}
        bodies = [
            {"type": "custom", "description": "A person to call", "properties": {"note": "Call us"}},
            {"type": "feature_flag", "description": "Single sign-on", "properties": {}, "metadata": {"key": "sso"}},
            {"type": "meter_credit", "description": "A hundred calls", "properties": credit},
            {"type": "license_keys", "description": "Desktop app", "properties": {"prefix": "DEMO"}},
        ]
        self.benefits, found = self.after(lambda: [self.api.make("benefits.create", **body) for body in bodies], wanted=4)
        self.same(found, {None: ["benefit.created"] * 4}, ordered=False)
        kinds = sorted(delivery.payload["data"]["type"] for delivery in found)
        assert kinds == sorted(body["type"] for body in bodies), kinds

    def check_a_product(self):
        prices = [{"amount_type": "fixed", "price_amount": 0, "price_currency": "usd"}]
        body = {"name": f"Free {self.tag}", "recurring_interval": "month", "prices": prices}
        self.product, found = self.after(lambda: self.api.make("products.create", **body))
        self.same(found, {None: ["product.created"]})
        ids = [benefit.id for benefit in self.benefits]
        _, found = self.after(lambda: self.api.change("products.update_benefits", self.product.id, benefits=ids))
        self.same(found, {None: ["product.updated"]})
        told = [benefit["id"] for benefit in self.data(found, "product.updated")["benefits"]]
        assert told == ids, told

    def check_a_subscription_with_four_benefits_tells_the_state_once(self):
        self.subscription, found = self.after(self.subscribe, wanted=8)
        self.same(found, {self.ada.id: SUBSCRIBED + ["benefit_grant.created"] * 4 + [STATE]})
        state = self.data(found, STATE)
        assert [item["id"] for item in state["active_subscriptions"]] == [self.subscription.id], state
        assert len(state["granted_benefits"]) == 4 and [meter["balance"] for meter in state["active_meters"]] == [100], state
        given = {d.payload["data"]["benefit"]["type"]: d.payload["data"] for d in found if d.type == "benefit_grant.created"}
        assert given["meter_credit"]["properties"]["last_credited_units"] == 100, given["meter_credit"]
        assert given["license_keys"]["properties"]["display_key"].startswith("****-"), given["license_keys"]
        assert all(data["is_granted"] and data["previous_properties"] == {} for data in given.values()), given

    def check_events_change_the_state_of_meters_once(self):
        events = [{"name": f"call.{self.tag}", "customer_id": self.ada.id, "metadata": {"amount": 7}} for _ in range(10)]
        _, found = self.after(lambda: self.api.make("events.ingest", events=events))
        # The first event also sets the customer's first_user_event_at.
        self.same(found, {self.ada.id: [STATE]}, may={"customer.updated"})
        assert [meter["balance"] for meter in self.data(found, STATE)["active_meters"]] == [30]

    def check_scheduling_a_cancellation(self):
        _, found = self.after(lambda: self.api.change("subscriptions.update", self.subscription.id, cancel_at_period_end=True), wanted=2)
        self.same(found, {self.ada.id: ["subscription.updated", "subscription.canceled"]}, may={STATE})
        assert self.data(found, "subscription.canceled")["cancel_at_period_end"] is True

    def check_undoing_it(self):
        _, found = self.after(lambda: self.api.change("subscriptions.update", self.subscription.id, cancel_at_period_end=False), wanted=2)
        self.same(found, {self.ada.id: ["subscription.updated", "subscription.uncanceled"]}, may={STATE})
        assert self.data(found, "subscription.uncanceled")["cancel_at_period_end"] is False

    def check_updating_a_benefit(self):
        change = {"type": "custom", "description": "Two persons to call"}
        _, found = self.after(lambda: self.api.change("benefits.update", self.benefits[0].id, **change))
        self.same(found, {None: ["benefit.updated"]}, may={STATE, "benefit_grant.updated"})
        assert self.data(found, "benefit.updated")["description"] == change["description"]

    def check_deleting_a_benefit(self):
        _, found = self.after(lambda: self.api.get("benefits.delete", self.benefits[0].id), wanted=3)
        self.same(found, {None: ["benefit.updated"], self.ada.id: ["benefit_grant.revoked", STATE]})
        assert self.data(found, "benefit.updated")["is_deleted"] is True
        grant = self.data(found, "benefit_grant.revoked")
        assert grant["is_revoked"] and not grant["is_granted"] and grant["granted_at"] is None, grant

    def check_revoking_a_subscription(self):
        _, found = self.after(lambda: self.api.get("subscriptions.revoke", self.subscription.id), wanted=7)
        self.same(found, {self.ada.id: REVOKED + ["benefit_grant.revoked"] * 3 + [STATE]})
        state = self.data(found, STATE)
        assert not state["active_subscriptions"] and not state["granted_benefits"], state
        assert [meter["balance"] for meter in state["active_meters"]] == [-70], state

    def check_deleting_a_customer_who_has_a_subscription(self):
        _, found = self.after(self.subscribe, wanted=7)
        self.same(found, {self.ada.id: SUBSCRIBED + ["benefit_grant.created"] * 3 + [STATE]})
        _, found = self.after(lambda: self.sdk.customers.delete(id=self.ada.id), wanted=9)
        kinds = ["customer.deleted"] + REVOKED + ["benefit_grant.revoked"] * 3 + ["member.deleted", STATE]
        self.same(found, {self.ada.id: kinds}, ordered=False)
        mine = [delivery for delivery in found if delivery.customer == self.ada.id]
        assert mine[0].type == "customer.deleted", f"{mine[0].type} comes first"
        deleted, state = self.data(found, "customer.deleted"), self.data(found, STATE)
        assert deleted["deleted_at"], deleted
        assert deleted["external_id"] == f"ada-{self.tag}", f"external_id is {deleted['external_id']}, no more the customer's"
        assert state["deleted_at"] and not state["active_subscriptions"] and not state["granted_benefits"], state

    def check_an_endpoint_gets_only_what_it_asked_for(self):
        start = self.run.receiver.count
        self.run.listen("/few", ["customer.deleted"])
        customer, _ = self.after(lambda: self.sdk.customers.create(request={"email": f"few.{self.tag}@example.com"}), wanted=3)
        self.after(lambda: self.sdk.customers.delete(id=customer.id), wanted=2)
        found = self.run.receiver.wait("/few", "a deletion", lambda found: len(found) >= 1, start=start)
        assert [delivery.type for delivery in found] == ["customer.deleted"], found
        self.run.forget("/few")

    def check_a_disabled_endpoint_gets_nothing(self):
        start = self.run.receiver.count
        self.run.listen("/off", ["customer.created"])
        self.run.sdk.webhooks.update_webhook_endpoint(id=self.run.endpoints["/off"], webhook_endpoint_update={"enabled": False})
        self.after(lambda: self.sdk.customers.create(request={"email": f"off.{self.tag}@example.com"}), wanted=3)
        assert self.run.receiver.at("/off", start) == []
        self.run.forget("/off")

    def subscribe(self):
        return self.api.make("subscriptions.create", product_id=self.product.id, customer_id=self.ada.id)

    def after(self, action, wanted=1):
        """What the action gives, and the deliveries that came of it until no more came."""
        start = self.run.receiver.count
        result = action()
        self.run.receiver.wait("/main", f"{wanted} deliveries", lambda found: len(found) >= wanted, start=start)
        found = self.run.receiver.quiet("/main", QUIET_SECONDS, start)
        self.run.examine()
        return result, found

    def data(self, found, kind):
        """The data of the one delivery of that type."""
        chosen = [delivery for delivery in found if delivery.type == kind]
        if len(chosen) != 1:
            raise Failure(f"{len(chosen)} of {kind}")
        return chosen[0].payload["data"]

    def same(self, found, wanted, may=(), ordered=True):
        """The types are those for each customer, None for nobody; of what may come besides, one each at the most."""
        told = {}
        for delivery in found:
            told.setdefault(delivery.customer, []).append(delivery.type)
        for customer in {**told, **wanted}:
            kinds, expected = told.get(customer, []), wanted.get(customer, [])
            extra = [kind for kind in kinds if kind in may and kind not in expected]
            rest = [kind for kind in kinds if kind not in extra]
            whose = "nobody's" if customer is None else f"customer {customer}'s"
            if (rest if ordered else sorted(rest)) != (expected if ordered else sorted(expected)) or len(set(extra)) != len(extra):
                raise Failure(f"{whose} are {kinds}, not {expected}")
