"""What comes of deliveries that fail, of those that are asked for again, of new secrets, and of a server that is killed."""

import threading
import time

from serving import Failure

CUSTOMERS = 20
ARRIVAL_SECONDS = 90


class Faults:
    def __init__(self, run):
        self.run, self.receiver, self.tag = run, run.receiver, run.tag

    def check_deliveries_are_listed_with_what_was_sent(self):
        arrived = {delivery.id: delivery.body.decode() for delivery in self.receiver.at("/main")}

        def listed():
            return {item.webhook_event.id: item for item in self.run.deliveries("/main")}

        found = self.until("all deliveries are listed", listed, lambda found: found.keys() == arrived.keys())
        for id, item in found.items():
            event = item.webhook_event
            assert (item.succeeded, item.http_code, item.response) == (True, 200, "ok"), item
            assert (event.succeeded, event.last_http_code, event.is_archived) == (True, 200, False), event
            assert event.payload == arrived[id], f"the payload of {id} is {event.payload}, not {arrived[id]}"

    def check_deliveries_are_listed_by_type(self):
        items = self.run.deliveries("/main", event_type="customer.deleted")
        wanted = {delivery.id for delivery in self.receiver.at("/main") if delivery.type == "customer.deleted"}
        assert wanted and {item.webhook_event.id for item in items} == wanted, items

    def check_an_event_is_sent_again_under_its_id(self):
        first = [delivery for delivery in self.receiver.at("/main") if delivery.type == "product.created"][0]
        start = self.receiver.count
        answer = self.run.client.send("POST", f"/v1/webhooks/events/{first.id}/redeliver")
        assert (answer.status, answer.text) == (202, b"null"), f"{answer.status} {answer.text}"
        again, = self.receiver.wait("/main", "the event again", lambda found: len(found) >= 1, start=start)
        assert (again.id, again.body, again.sequence) == (first.id, first.body, first.sequence), again.headers
        assert int(again.headers["webhook-timestamp"]) > int(first.headers["webhook-timestamp"]), "the moment is the first one's"
        self.run.sdk.webhooks.redeliver_webhook_event(id=first.id)
        self.receiver.wait("/main", "the event by the SDK", lambda found: [d.id for d in found] == [first.id] * 2, start=start)
        unknown = self.run.client.send("POST", f"/v1/webhooks/events/{self.run.endpoints['/main']}/redeliver")
        assert unknown.status == 404, unknown.text

    def check_a_new_secret_signs_beside_the_one_before(self):
        self.run.examine()
        before, = self.run.secrets["/main"]
        changed = self.run.sdk.webhooks.reset_webhook_endpoint_secret(id=self.run.endpoints["/main"])
        assert changed.secret != before and changed.secret.startswith("whsec_"), changed.secret
        self.run.secrets["/main"] = [changed.secret, before]
        start = self.receiver.count
        self.create("secret")
        found = self.receiver.wait("/main", "a creation", lambda found: len(found) >= 3, start=start)
        for delivery in found:
            signatures = delivery.headers["webhook-signature"].split(" ")
            assert len(signatures) == len(set(signatures)) == 2, signatures
        broken = sum(len(texts) for texts in self.run.broken.values())
        self.run.examine()  # with both
        assert sum(len(texts) for texts in self.run.broken.values()) == broken, "some were not verified; see below"

    def check_a_failed_delivery_is_tried_again_and_only_its_customer_waits(self):
        failures = [500]
        self.run.listen("/flaky", ["customer.created", "customer.updated"], lambda _: failures.pop() if failures else 200)
        start = self.receiver.count
        late = self.create("late")
        self.receiver.wait("/flaky", "the creation", lambda found: len(found) == 1 and found[0].status == 500, start=start)
        self.run.client.call("PATCH", f"/v1/customers/{late}", {"name": "Changed"})
        other = self.create("other")
        found = self.receiver.wait("/flaky", "all", lambda found: len(found) >= 4, seconds=30, start=start)
        assert [(delivery.customer, delivery.type, delivery.status) for delivery in found] == [
            (late, "customer.created", 500), (other, "customer.created", 200),
            (late, "customer.created", 200), (late, "customer.updated", 200),
        ], found
        first, _, again, _ = found
        assert (again.id, again.body) == (first.id, first.body), again.headers
        assert int(again.headers["webhook-timestamp"]) > int(first.headers["webhook-timestamp"]), "the moment is the first one's"
        assert 3.9 <= again.at - first.at <= 10, f"it was tried again after {again.at - first.at:.1f} s"
        mine = lambda: [item for item in self.run.deliveries("/flaky") if item.webhook_event.id == first.id]
        listed = self.until("both attempts are listed", mine, lambda items: len(items) == 2)
        assert [(item.succeeded, item.http_code) for item in listed] == [(True, 200), (False, 500)], listed
        assert (listed[0].webhook_event.succeeded, listed[0].webhook_event.last_http_code) == (True, 200), listed
        self.run.forget("/flaky")

    def check_a_redirect_is_not_followed(self):
        self.run.listen("/redirect", ["customer.created"], lambda _: (302, {"Location": self.receiver.url("/target")}))
        start = self.receiver.count
        self.create("redirect")
        self.receiver.wait("/redirect", "a creation", lambda found: len(found) >= 1, start=start)
        item = self.until("it is listed", lambda: self.run.deliveries("/redirect"), lambda items: len(items) >= 1)[-1]
        assert (item.succeeded, item.http_code) == (False, 302), item
        assert self.receiver.at("/target") == [], self.receiver.at("/target")
        self.receiver.wait("/redirect", "another attempt", lambda found: len(found) >= 2, seconds=30, start=start)
        assert self.receiver.at("/target") == [], self.receiver.at("/target")
        self.run.forget("/redirect")

    def check_what_a_killed_server_had_not_delivered_arrives(self):
        gate = threading.Event()
        self.run.listen("/held", ["member.created", "customer.created"], lambda _: 200 if gate.wait(60) else 503)
        start = self.receiver.count
        ids = [self.create(f"kill{number}") for number in range(CUSTOMERS)]
        self.receiver.wait("/held", "a creation", lambda found: len(found) >= 1, start=start)
        self.run.examine()
        self.run.server.kill()
        gate.set()
        restart = self.receiver.count
        token = self.run.server.token
        self.run.server.start()
        assert self.run.server.token == token, "the server made a second token"
        wanted = {(id, kind) for id in ids for kind in ("member.created", "customer.created")}
        states = {(id, "customer.state_changed") for id in ids}
        for path, start_here, kinds in (("/held", restart, wanted), ("/main", start, wanted | states)):
            told = lambda found: {(delivery.customer, delivery.type) for delivery in found}
            found = self.receiver.wait(path, "everything", lambda found: kinds <= told(found), ARRIVAL_SECONDS, start_here)
            order = {}
            for delivery in found:
                order.setdefault(delivery.customer, {}).setdefault(delivery.type)
            for id in ids:
                assert list(order[id])[:2] == ["member.created", "customer.created"], f"{id} on {path}: {list(order[id])}"
        names = {}
        for delivery in self.receiver.at("/held", start):
            known = names.setdefault((delivery.customer, delivery.type), delivery.id)
            assert known == delivery.id, f"{delivery!r} came as {known} before"

    def create(self, name):
        return self.run.client.call("POST", "/v1/customers/", {"email": f"{name}.{self.tag}@example.com"})["id"]

    def until(self, what, read, condition, seconds=15):
        """What `read` gives once the condition holds."""
        end = time.monotonic() + seconds
        while True:
            found = read()
            if condition(found):
                return found
            if time.monotonic() > end:
                raise Failure(f"not within {seconds} s: {what}; found {str(found)[:500]}")
            time.sleep(0.1)
