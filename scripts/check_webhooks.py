#!/usr/bin/env python3
"""Receives the webhooks of a Clientele that it starts, and checks every delivery and what they are as a whole.

    .venv/polar-sdk-0/bin/python scripts/check_webhooks.py --binary .build/release/clientele --folder /tmp/x

Every delivery is verified with the package standardwebhooks and read by Polar's own Python SDK before 1.0.
"""

import argparse
import collections
import sys
import traceback
import uuid

from polar_sdk import Polar, models

import webhook_shapes
from check_webhooks_faults import Faults
from check_webhooks_story import Story
from serving import Client, Failure, Server
from webhook_receiver import Receiver

ENDPOINT = "created_at modified_at id url name format secret organization_id events enabled".split()
GROUPS = ("customer.", "member.", "subscription.", "benefit.", "benefit_grant.", "product.")
# What the SDK does not know, though the server has it.
BESIDES = ["subscription.cycled"]


class Run:
    """The server, the receiver, and what both need to be asked for."""

    def __init__(self, binary, folder):
        self.tag = uuid.uuid4().hex[:8]
        self.receiver = Receiver()
        self.server = Server(binary, folder, ["--data-dir", f"{folder}/data"], ["--allow-private-webhooks"])
        self.secrets = {}  # by path: those that sign now, the newest first
        self.endpoints = {}  # by path: the id
        self.broken = collections.defaultdict(list)  # by what is checked: what was found
        self.examined = 0

    def start(self):
        self.server.start()
        if not self.server.token:
            raise Failure("the server printed no token")
        self.sdk = Polar(access_token=self.server.token, server_url=self.server.base)

    @property
    def client(self):
        """A new one, whose connection cannot have been closed meanwhile."""
        return Client(self.server.port, self.server.token)

    @property
    def types(self):
        return [kind.value for kind in models.WebhookEventType if kind.value.startswith(GROUPS)]

    def listen(self, path, events, answer=None):
        """Makes an endpoint through the SDK for a path of the receiver."""
        if answer is not None:
            self.receiver.answers[path] = answer
        body = {"url": self.receiver.url(path), "format": "raw", "events": events, "name": path[1:]}
        endpoint = self.sdk.webhooks.create_webhook_endpoint(request=body)
        self.endpoints[path], self.secrets[path] = endpoint.id, [endpoint.secret]
        return endpoint

    def forget(self, path):
        """Deletes the endpoint, so that what it still had to get disturbs nothing."""
        self.examine()
        self.sdk.webhooks.delete_webhook_endpoint(id=self.endpoints.pop(path))

    def deliveries(self, path, **query):
        """All that the server tells of the deliveries to a path, newest first."""
        page, found = self.sdk.webhooks.list_webhook_deliveries(endpoint_id=self.endpoints[path], limit=100, **query), []
        while page is not None:
            found += page.result.items
            page = page.next()
        return found

    def examine(self):
        """Checks each delivery that arrived since the last time by itself, with the secrets that are valid now."""
        for delivery in list(self.receiver.deliveries):
            if delivery.is_examined or delivery.path not in self.secrets:
                continue
            delivery.is_examined = True
            self.examined += 1
            secrets = self.secrets[delivery.path]
            for name, check in (
                ("headers", lambda: webhook_shapes.headers(delivery)),
                ("signatures by standardwebhooks", lambda: webhook_shapes.signatures(delivery, secrets)),
                ("bodies and the order of their members", lambda: webhook_shapes.body(delivery)),
                ("reading by polar_sdk.webhooks", lambda: webhook_shapes.typed(delivery, secrets[0])),
            ):
                found = self.broken[name]
                try:
                    check()
                except Exception as error:
                    found.append(f"{delivery!r}: {error}")


class Whole:
    """What all deliveries are together; runs last."""

    def __init__(self, run):
        self.run = run

    def check_nothing_arrived_that_nobody_asked_for(self):
        known = set(self.run.secrets)
        strange = [delivery for delivery in self.run.receiver.deliveries if delivery.path not in known]
        assert not strange, strange

    def check_each_type_came(self):
        never = {"subscription.past_due", "subscription.paused", "subscription.resumed", "benefit_grant.cycled", "benefit_grant.updated"}
        missing = set(self.run.types) - never - {delivery.type for delivery in self.run.receiver.at("/main")}
        assert not missing, sorted(missing)

    def check_sequences_rise_for_each_customer(self):
        """In the order of the first attempts; the state has a sequence only if it pleases."""
        last = {}
        for delivery in self.firsts("/main"):
            if delivery.sequence is None or delivery.customer is None:
                continue
            before = last.get(delivery.customer, 0)
            rises = delivery.sequence > before or (delivery.type == "customer.state_changed" and delivery.sequence == before)
            assert rises, f"{delivery!r}: {delivery.sequence} after {before}"
            last[delivery.customer] = delivery.sequence

    def check_state_versions_never_fall(self):
        last = {}
        for delivery in self.firsts("/main"):
            if delivery.state_version is not None:
                before = last.get(delivery.customer, 0)
                assert delivery.state_version >= before, f"{delivery!r}: {delivery.state_version} after {before}"
                last[delivery.customer] = delivery.state_version

    def check_an_id_has_one_body(self):
        bodies = {}
        for delivery in self.run.receiver.deliveries:
            assert bodies.setdefault((delivery.path, delivery.id), delivery.body) == delivery.body, repr(delivery)

    def firsts(self, path):
        seen = set()
        for delivery in self.run.receiver.at(path):
            if delivery.id not in seen:
                seen.add(delivery.id)
                yield delivery


class Endpoints:
    """The endpoint itself; runs first, since the others need it."""

    def __init__(self, run):
        self.run = run

    def check_the_sdk_makes_an_endpoint(self):
        endpoint = self.run.listen("/main", self.run.types)
        assert endpoint.url == self.run.receiver.url("/main") and endpoint.enabled and endpoint.name == "main", endpoint
        assert [kind.value for kind in endpoint.events] == self.run.types, endpoint.events
        assert endpoint.secret.startswith("whsec_") and len(endpoint.secret) == 6 + 37 + 6, endpoint.secret

    def check_an_endpoint_has_its_members_in_order(self):
        found = self.run.client.call("GET", f"/v1/webhooks/endpoints/{self.run.endpoints['/main']}")
        assert list(found) == ENDPOINT, list(found)

    def check_endpoints_are_listed(self):
        items = self.run.sdk.webhooks.list_webhook_endpoints().result.items
        assert [item.id for item in items] == [self.run.endpoints["/main"]], items

    def check_an_endpoint_changes(self):
        id = self.run.endpoints["/main"]
        body = {"events": self.run.types + BESIDES, "name": "changed"}
        changed = self.run.client.call("PATCH", f"/v1/webhooks/endpoints/{id}", body)
        assert changed["events"] == body["events"] and changed["name"] == "changed", changed
        back = self.run.sdk.webhooks.update_webhook_endpoint(id=id, webhook_endpoint_update={"events": self.run.types, "name": "main"})
        assert [kind.value for kind in back.events] == self.run.types and back.name == "main", back
        assert back.secret == self.run.secrets["/main"][0], "the secret has changed"

    def check_an_unknown_type_is_refused(self):
        body = {"url": self.run.receiver.url("/x"), "format": "raw", "events": ["customer.painted"]}
        assert self.run.client.send("POST", "/v1/webhooks/endpoints", body).status == 422

    def check_an_unknown_endpoint_is_not_found(self):
        assert self.run.client.send("GET", f"/v1/webhooks/endpoints/{uuid.uuid4()}").status == 404


def play(part, results):
    """Runs the checks of a part in their order."""
    for name in [name for name in vars(type(part)) if name.startswith("check_")]:
        title = name[6:].replace("_", " ")
        try:
            getattr(part, name)()
            results.append(True)
            print(f"ok    {title}", flush=True)
        except Exception as error:
            results.append(False)
            line = traceback.extract_tb(error.__traceback__)[1].lineno
            kind = "" if isinstance(error, (AssertionError, Failure)) else f"{type(error).__name__}: "
            print(f"FAIL  {title} (line {line}): {kind}{error}", flush=True)


def tell_broken(run, results):
    for name, found in run.broken.items():
        results.append(not found and run.examined > 0)
        print(f"{'ok   ' if results[-1] else 'FAIL '} {name} of {run.examined} deliveries" + (f": {len(found)} are wrong" if found else ""))
        for text in found[:5]:
            print(f"      {text}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--folder", required=True, help="a new folder, for the data")
    arguments = parser.parse_args()
    run, results = Run(arguments.binary, arguments.folder), []
    try:
        run.start()
        for part in (Endpoints(run), Story(run), Faults(run)):
            play(part, results)
            run.examine()
        play(Whole(run), results)
        tell_broken(run, results)
    except Failure as failure:
        sys.exit(f"FAIL  {failure}")
    finally:
        run.server.stop()
    failed = results.count(False)
    print(f"{len(results) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
