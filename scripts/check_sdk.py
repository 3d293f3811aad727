#!/usr/bin/env python3
"""Drives Polar's official Python SDK against a running Clientele.

    .venv/polar-sdk-0/bin/python scripts/check_sdk.py --base http://127.0.0.1:8080 --token clientele_oat_...

The token needs all scopes and is of kind organization. What the checks create, they delete. `--api 2026_10` takes another
of the versions that the SDK from 1.0 on has.
"""

import argparse
import csv
import importlib
import importlib.util
import io
import sys
import traceback
import uuid

import check_sdk_story

ABSENT_ID = "00000000-0000-4000-8000-000000000000"


class SDKBefore1:
    """`polar_sdk`: one request object a call, pages with `next()`, enumerations and dates."""

    def __init__(self, base, token, api):
        from polar_sdk import Polar, models

        self.story = check_sdk_story.StoryBefore1
        self.sdk = Polar(access_token=token, server_url=base)
        self.customers, self.members = self.sdk.customers, self.sdk.customers.members
        self.invalid, self.not_found, self.any_error = models.HTTPValidationError, models.ResourceNotFound, models.SDKError

    def create(self, **body):
        return self.customers.create(request=body)

    def update(self, id, **body):
        return self.customers.update(id=id, customer_update=body)

    def update_external(self, id, **body):
        return self.customers.update_external(external_id=id, customer_update_external_id=body)

    def items(self, **query):
        return [item for page in self.pages(self.customers.list(**query)) for item in page.items]

    def total(self, **query):
        return self.customers.list(**query).result.pagination.total_count

    def pages(self, page):
        while page is not None:
            yield page.result
            page = page.next()

    def payment_methods(self, call, id):
        return [item for page in self.pages(call(id)) for item in page.items]

    def call(self, method, *names, **options):
        keys = {"external": ("external_id", "member_external_id")}.get(method.__name__.split("_")[-1], ("id", "member_id"))
        return method(**dict(zip(keys, names)), **options)

    def add_member(self, method, id, **body):
        return self.call(method, id, member_create_from_customer=body)

    def update_member(self, method, id, member, **body):
        return self.call(method, id, member, member_update=body)

    def list_members(self, id):
        pages = self.pages(self.sdk.members.list_members(customer_id=id, limit=1))
        return [item for page in pages for item in page.items]

    def list_members_external(self, id):
        return self.sdk.members.list_members(external_customer_id=id).result.items

    def status(self, error):
        return error.raw_response.status_code

    def issues(self, error):
        return [(issue.type, ".".join(str(part) for part in issue.loc), issue.msg) for issue in error.data.detail]

    def text(self, error):
        return error.data.detail


class SDK:
    """`polar`: keywords for the body, generators for the pages, plain texts."""

    def __init__(self, base, token, api):
        module = importlib.import_module(f"polar.v{api}")
        errors = importlib.import_module(f"polar.v{api}.errors")
        self.story = check_sdk_story.Story
        self.sdk = module.Polar(token, base_url=base)
        self.customers, self.members = self.sdk.customers, self.sdk.customers.members
        self.invalid, self.not_found = errors.HTTPValidationError, errors.ResourceNotFound
        self.any_error = importlib.import_module("polar").PolarClientError

    def create(self, **body):
        return self.customers.create(**body)

    def update(self, id, **body):
        return self.customers.update(id, **body)

    def update_external(self, id, **body):
        return self.customers.update_external(id, **body)

    def items(self, **query):
        return list(self.customers.iter_list(**query))

    def total(self, **query):
        return self.customers.list(**query).pagination.total_count

    def payment_methods(self, call, id):
        assert call(id).pagination.total_count == 0
        return list(getattr(self.customers, "iter_" + call.__name__)(id))

    def call(self, method, *names, **options):
        return method(*names, **options)

    def add_member(self, method, id, **body):
        return method(id, **body)

    def update_member(self, method, id, member, **body):
        return method(id, member, **body)

    def list_members(self, id):
        if hasattr(self.members, "iter_list"):
            return list(self.members.iter_list(id, limit=1))
        return list(self.sdk.members.iter_list(customer_id=id, limit=1))

    def list_members_external(self, id):
        if hasattr(self.members, "iter_list_external"):
            return list(self.members.iter_list_external(id))
        return list(self.sdk.members.iter_list(external_customer_id=id))

    def status(self, error):
        return error.status_code

    def issues(self, error):
        return [(issue.type, ".".join(str(part) for part in issue.loc), issue.msg) for issue in error.error.detail]

    def text(self, error):
        return error.error.detail


def plain(value):
    """The text of an enumeration's case, or the value."""
    return getattr(value, "value", value)


def kind_of(customer):
    """The type, which the SDK before 1.0 spells in capitals."""
    return plain(getattr(customer, "type", None) or customer.TYPE)


def same(found, wanted, what):
    assert plain(found) == wanted, f"{what} is {found!r}, not {wanted!r}"


def raised(kind, call):
    """The error that `call` must raise."""
    try:
        result = call()
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__}, but {result!r}")


class Checks:
    """Every check works on customers of its own, named by a tag of the run."""

    def __init__(self, api, other):
        self.api, self.other = api, other
        self.tag = uuid.uuid4().hex[:10]
        self.made = []

    def new(self, key, /, **body):
        body = {"email": f"{key}.{self.tag}@example.com", "external_id": f"{key}-{self.tag}", **body}
        customer = self.api.create(**body)
        self.made.append(customer.id)
        return customer

    def tidy(self):
        for id in self.made:
            try:
                self.api.call(self.api.customers.delete, id)
            except self.api.not_found:
                pass

    def check_create_individual(self):
        address = {"country": "FR", "city": "Paris", "line1": "1 rue X", "postal_code": "75001"}
        metadata = {"plan": "pro", "seats": 3, "ratio": 0.5, "beta": True}
        made = self.new("ind", name="Ada", billing_address=address, tax_id="FR61954506077", locale="en-GB", metadata=metadata)
        same(kind_of(made), "individual", "type")
        same(made.name, "Ada", "name")
        same(made.billing_name, "Ada", "billing_name")
        same(made.email, f"ind.{self.tag}@example.com", "email")
        same(made.email_verified, False, "email_verified")
        same(made.metadata, metadata, "metadata")
        assert [type(value) for value in made.metadata.values()] == [str, int, float, bool], made.metadata
        same(plain(made.billing_address.country), "FR", "country")
        same(made.billing_address.city, "Paris", "city")
        same([plain(part) for part in made.tax_id], ["FR61954506077", "eu_vat"], "tax_id")
        same(made.locale, "en-GB", "locale")
        same(made.deleted_at, None, "deleted_at")
        assert made.avatar_url.startswith("https://www.gravatar.com/avatar/"), made.avatar_url

    def check_create_team(self):
        owner = {"email": f"owner.{self.tag}@example.com", "name": "Grace"}
        made = self.new("team", type="team", name="Acme", owner=owner)
        same(kind_of(made), "team", "type")
        members = self.api.list_members(made.id)
        same([(plain(member.role), member.name) for member in members], [("owner", "Grace")], "members")

    def check_create_invalid(self):
        error = raised(self.api.invalid, lambda: self.new("bad", email="no address"))
        same(self.api.status(error), 422, "status")
        (kind, location, message), = self.api.issues(error)
        same((kind, location), ("value_error", "body.individual.email"), "issue")
        assert message.startswith("value is not a valid email address"), message

    def check_create_twice(self):
        made = self.new("twice")
        error = raised(self.api.invalid, lambda: self.new("twice", email=made.email.upper()))
        issues = [(kind, location) for kind, location, _ in self.api.issues(error)]
        same(issues, [("value_error", "body.email"), ("value_error", "body.external_id")], "issues")

    def check_get(self):
        made = self.new("get")
        same(self.api.call(self.api.customers.get, made.id), made, "by id")
        same(self.api.call(self.api.customers.get_external, made.external_id), made, "by external id")

    def check_not_found(self):
        customers = self.api.customers
        calls = [
            lambda: self.api.call(customers.get, ABSENT_ID), lambda: self.api.call(customers.get_external, "absent"),
            lambda: self.api.call(customers.get_state, ABSENT_ID), lambda: self.api.call(customers.delete, ABSENT_ID),
            lambda: self.api.call(customers.get_state_external, "absent"), lambda: self.api.update(ABSENT_ID, name="x"),
            lambda: self.api.call(customers.delete_external, "absent"), lambda: self.api.update_external("absent", name="x"),
        ]
        for call in calls:
            error = raised(self.api.not_found, call)
            same((self.api.status(error), self.api.text(error)), (404, "Customer not found"), "error")

    def check_id_invalid(self):
        error = raised(self.api.invalid, lambda: self.api.call(self.api.customers.get, "nonsense"))
        same([issue[:2] for issue in self.api.issues(error)], [("uuid_parsing", "path.id")], "issues")

    def check_unauthorized(self):
        error = raised(self.other.any_error, lambda: self.other.total())
        same(self.other.status(error), 401, "status")

    def check_update(self):
        made = self.new("upd", name="Before", locale="fr", metadata={"a": "1"})
        kept = self.api.update(made.id, metadata={"b": 2})
        same((kept.name, kept.locale, kept.metadata), ("Before", "fr", {"b": 2}), "what was unset")
        cleared = self.api.update(made.id, name=None, locale=None)
        same((cleared.name, cleared.locale, cleared.metadata), (None, None, {"b": 2}), "what was null")
        same(cleared.email, made.email, "email")
        assert cleared.modified_at is not None, "modified_at is null"

    def check_update_external(self):
        made = self.new("ext")
        changed = self.api.update_external(made.external_id, name="After", tax_id=None)
        same((changed.id, changed.name, changed.tax_id), (made.id, "After", None), "customer")

    def check_update_refused(self):
        made = self.new("upref", billing_address={"country": "DE"})
        error = raised(self.api.invalid, lambda: self.api.update(made.id, billing_address=None))
        same([issue[:2] for issue in self.api.issues(error)], [("value_error", "body.billing_address")], "issues")

    def check_list_pages(self):
        names = [f"page{number}" for number in range(5)]
        ids = [self.new(name, metadata={"run": self.tag}).id for name in names]
        found = self.api.items(limit=2, metadata={"run": self.tag}, sorting=["created_at"])
        same([item.id for item in found], ids, "ids")
        same(self.api.total(limit=2, metadata={"run": self.tag}), 5, "total_count")

    def check_list_filters(self):
        a = self.new("fa", name="Zoë Filter", metadata={"f": self.tag, "n": "1"})
        b = self.new("fb", name="Amy Filter", metadata={"f": self.tag, "n": "2"})

        def ids(**query):
            return [item.id for item in self.api.items(**query)]

        same(ids(email=a.email.upper()), [a.id], "by email")
        same(ids(query=f"fb-{self.tag}"), [b.id], "by query")
        same(ids(metadata={"f": self.tag, "n": "2"}), [b.id], "by metadata")
        same(sorted(ids(metadata={"f": self.tag, "n": ["1", "2"]})), sorted([a.id, b.id]), "by one of two values")
        same(ids(metadata={"f": self.tag}, sorting=["name"]), [b.id, a.id], "by name")
        same(ids(metadata={"f": self.tag}, sorting=["-name"]), [a.id, b.id], "by name, descending")
        same(ids(metadata={"f": self.tag}, organization_id=a.organization_id), [b.id, a.id], "by organization")
        same(ids(metadata={"f": self.tag}, organization_id=ABSENT_ID), [], "by an organization of others")
        same(ids(metadata={"f": self.tag}, active=True), [], "the active")

    def check_export(self):
        made = self.new("exp", name='A "quoted", name')
        text = self.api.customers.export()
        assert isinstance(text, str), type(text)
        rows = {row["ID"]: row for row in csv.DictReader(io.StringIO(text))}
        same((rows[made.id]["Email"], rows[made.id]["Name"]), (made.email, made.name), "row")

    def check_state(self):
        made = self.new("state")
        by_id = self.api.call(self.api.customers.get_state, made.id)
        same((by_id.id, by_id.active_subscriptions, by_id.granted_benefits, by_id.active_meters), (made.id, [], [], []), "state")
        same(self.api.call(self.api.customers.get_state_external, made.external_id), by_id, "by external id")

    def check_payment_methods(self):
        made, customers = self.new("pay"), self.api.customers
        by_id = lambda id: self.api.call(customers.list_payment_methods, id)
        by_external_id = lambda id: self.api.call(customers.list_payment_methods_external, id)
        by_id.__name__, by_external_id.__name__ = "list_payment_methods", "list_payment_methods_external"
        same(self.api.payment_methods(by_id, made.id), [], "by id")
        same(self.api.payment_methods(by_external_id, made.external_id), [], "by external id")

    def check_story(self):
        made = self.new("story", name="Ada")
        check_sdk_story.tell(self.api.story(self.api.sdk), made, self.tag)
        self.api.call(self.api.customers.delete, made.id)

    def check_delete(self):
        made = self.new("del")
        same(self.api.call(self.api.customers.delete, made.id), None, "answer")
        raised(self.api.not_found, lambda: self.api.call(self.api.customers.get, made.id))

    def check_delete_anonymized(self):
        made, again = self.new("anon"), self.new("anonext")
        same(self.api.call(self.api.customers.delete, made.id, anonymize=True), None, "by id")
        same(self.api.call(self.api.customers.delete_external, again.external_id, anonymize=True), None, "by external id")
        for customer in (made, again):
            raised(self.api.not_found, lambda: self.api.call(self.api.customers.get, customer.id))
        same(self.api.items(query=self.tag, email=made.email), [], "list")

    def check_members(self):
        team = self.new("mem", type="team", owner={"email": f"own.{self.tag}@example.com"})
        members, call = self.api.members, self.api.call
        made = self.api.add_member(members.create, team.id, email=f"m.{self.tag}@example.com", name="M", external_id="m1")
        same((made.customer_id, plain(made.role), made.name), (team.id, "member", "M"), "member")
        same(call(members.get, team.id, made.id), made, "by id")
        changed = self.api.update_member(members.update, team.id, made.id, name="N", role="billing_manager")
        same((changed.name, plain(changed.role)), ("N", "billing_manager"), "changed member")
        same(len(self.api.list_members(team.id)), 2, "number of members")
        same(call(members.delete, team.id, made.id), None, "answer")
        raised(self.api.not_found, lambda: call(members.get, team.id, made.id))

    def check_members_external(self):
        team = self.new("memx", type="team", owner={"email": f"ownx.{self.tag}@example.com"})
        members, call, key = self.api.members, self.api.call, team.external_id
        made = self.api.add_member(members.create_external, key, email=f"mx.{self.tag}@example.com", external_id="m2")
        same(call(members.get_external, key, "m2"), made, "by external id")
        same(self.api.update_member(members.update_external, key, "m2", name="N").name, "N", "name")
        same(len(self.api.list_members_external(key)), 2, "number of members")
        same(call(members.delete_external, key, "m2"), None, "answer")

    def check_second_member_of_individual(self):
        made = self.new("solo")
        body = {"email": f"second.{self.tag}@example.com"}
        error = raised(Exception, lambda: self.api.add_member(self.api.members.create, made.id, **body))
        same((type(error).__name__, self.api.status(error)), ("NotPermitted", 403), "error")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", required=True, help="where the server is, such as http://127.0.0.1:8080")
    parser.add_argument("--token", required=True, help="an access token with all scopes")
    parser.add_argument("--api", default="2026_04", help="the version of the API, for the SDK from 1.0 on")
    parser.add_argument("--without", default="", help="checks to leave out, separated by commas")
    arguments = parser.parse_args()
    kind = SDKBefore1 if importlib.util.find_spec("polar_sdk") else SDK
    checks = Checks(
        kind(arguments.base, arguments.token, arguments.api),
        kind(arguments.base, "clientele_oat_nobody", arguments.api),
    )
    left_out = arguments.without.split(",")
    names = [name for name in dir(checks) if name.startswith("check_") and name[6:] not in left_out]
    failed = 0
    for name in names:
        try:
            getattr(checks, name)()
            print(f"ok    {name[6:]}")
        except Exception as error:
            failed += 1
            line = traceback.extract_tb(error.__traceback__)[1].lineno
            print(f"FAIL  {name[6:]} (line {line}): {type(error).__name__}: {error}")
    checks.tidy()
    print(f"{len(names) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
