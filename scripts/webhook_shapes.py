"""The order of members in what webhooks carry, and the checks of one delivery by itself."""

import base64
import json
import re
import time
import uuid

import polar_sdk.webhooks
import standardwebhooks

from serving import Failure

CUSTOMER = (
    "id created_at modified_at metadata external_id email email_verified type name billing_name billing_address tax_id "
    "locale organization_id default_payment_method_id deleted_at first_user_event_at avatar_url"
).split()
STATE = CUSTOMER + ["active_subscriptions", "granted_benefits", "active_meters"]
STATE_SUBSCRIPTION = (
    "id created_at modified_at custom_field_data metadata status amount currency recurring_interval current_period_start "
    "current_period_end trial_start trial_end cancel_at_period_end canceled_at started_at ends_at product_id discount_id "
    "price_id? meters"
).split()
STATE_GRANT = "id created_at modified_at granted_at benefit_id benefit_type benefit_metadata properties".split()
STATE_METER = "id created_at modified_at meter_id consumed_units credited_units balance".split()
MEMBER = "id created_at modified_at customer_id email name external_id role".split()
BENEFIT = (
    "id created_at modified_at type description selectable deletable is_deleted organization_id metadata visibility "
    "properties is_tax_applicable? visibility_configurable"
).split()
PRODUCT = (
    "id created_at modified_at trial_interval trial_interval_count name description visibility recurring_interval "
    "recurring_interval_count meter_interval meter_interval_count is_recurring is_archived organization_id metadata prices "
    "benefits medias attached_custom_fields"
).split()
PRICE = (
    "created_at modified_at id source amount_type price_currency tax_behavior is_archived product_id type "
    "recurring_interval price_amount"
).split()
SUBSCRIPTION = (
    "created_at modified_at id amount currency recurring_interval recurring_interval_count status current_period_start "
    "current_period_end current_meter_period_start current_meter_period_end trial_start trial_end cancel_at_period_end "
    "canceled_at started_at ends_at ended_at past_due_at pause_at_period_end paused_at resumes_at customer_id product_id "
    "discount_id checkout_id seats units customer_cancellation_reason customer_cancellation_comment price_id? metadata "
    "custom_field_data customer user_id? user? product discount price? prices meters pending_update"
).split()
GRANT = (
    "created_at modified_at id granted_at is_granted revoked_at is_revoked subscription_id order_id customer_id member_id "
    "benefit_id error customer member benefit properties previous_properties user_id"
).split()
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z")
# How much later than it says a delivery may arrive.
LATE_SECONDS = 15


def ordered(value, shape, what):
    """`value` has exactly the members of the shape, in its order; those with a question mark may be missing."""
    names = [name.rstrip("?") for name in shape if not name.endswith("?") or name[:-1] in value]
    if list(value) != names:
        raise Failure(f"{what} has the members {list(value)}, not {names}")


def ordered_all(values, shape, what):
    for value in values:
        ordered(value, shape, what)


def product(value, what):
    ordered(value, PRODUCT, what)
    ordered_all(value["prices"], PRICE, f"{what}.prices")
    ordered_all(value["benefits"], BENEFIT, f"{what}.benefits")


def shape(kind, data):
    """Raises `Failure` where `data` is not as a webhook of that type has it."""
    group = kind.split(".")[0]
    if kind == "customer.state_changed":
        ordered(data, STATE, kind)
        ordered_all(data["active_subscriptions"], STATE_SUBSCRIPTION, "active_subscriptions")
        ordered_all(data["granted_benefits"], STATE_GRANT, "granted_benefits")
        ordered_all(data["active_meters"], STATE_METER, "active_meters")
    elif group == "customer":
        ordered(data, CUSTOMER, kind)
    elif group == "member":
        ordered(data, MEMBER, kind)
    elif group == "subscription":
        ordered(data, SUBSCRIPTION, kind)
        ordered(data["customer"], CUSTOMER, f"{kind}.customer")
        product(data["product"], f"{kind}.product")
        ordered_all(data["prices"], PRICE, f"{kind}.prices")
    elif group == "benefit":
        ordered(data, BENEFIT, kind)
    elif group == "benefit_grant":
        ordered(data, GRANT, kind)
        ordered(data["customer"], CUSTOMER, f"{kind}.customer")
        ordered(data["benefit"], BENEFIT, f"{kind}.benefit")
        if data["member"] is not None:
            ordered(data["member"], MEMBER, f"{kind}.member")
        if data["user_id"] != data["customer_id"]:
            raise Failure(f"{kind}: user_id is not the customer's")
    elif group == "product":
        product(data, kind)
    else:
        raise Failure(f"nobody asked for {kind}")


def headers(delivery):
    found = delivery.headers
    if delivery.method != "POST":
        raise Failure(f"the method is {delivery.method}")
    if found.get("content-type") != "application/json":
        raise Failure(f"content-type is {found.get('content-type')}")
    if not found.get("user-agent"):
        raise Failure("there is no user-agent")
    if str(uuid.UUID(delivery.id or "")) != delivery.id:
        raise Failure(f"webhook-id is {delivery.id}")
    moment = found.get("webhook-timestamp", "")
    if not re.fullmatch(r"\d+", moment) or not -2 <= delivery.at - int(moment) <= LATE_SECONDS:
        raise Failure(f"webhook-timestamp is {moment} at {delivery.at:.0f}")
    if delivery.type != "customer.state_changed" and (delivery.sequence or 0) < 1:
        raise Failure("there is no x-clientele-sequence")
    if (delivery.state_version is None) != (delivery.customer is None):
        raise Failure(f"x-clientele-state-version is {delivery.state_version} of the customer {delivery.customer}")


def signatures(delivery, secrets):
    """Each of the secrets, newest first, has its signature, and there is no other."""
    parts = delivery.headers.get("webhook-signature", "").split(" ")
    if len(parts) != len(secrets) or not all(part.startswith("v1,") for part in parts):
        raise Failure(f"webhook-signature is {parts}, with {len(secrets)} secrets")
    for secret in secrets:
        key = base64.b64encode(secret.encode()).decode()
        try:
            standardwebhooks.Webhook(key).verify(delivery.body, delivery.headers)
        except standardwebhooks.WebhookVerificationError as error:
            raise Failure(f"standardwebhooks: {error}") from error
        changed = delivery.body.replace(b"customer", b"Customer", 1)
        if changed == delivery.body:
            changed += b" "
        try:
            standardwebhooks.Webhook(key).verify(changed, delivery.headers)
        except standardwebhooks.WebhookVerificationError:
            continue
        raise Failure("a changed body is verified, too")


def typed(delivery, secret):
    """What the official SDK makes of it."""
    try:
        event = polar_sdk.webhooks.validate_event(delivery.body, delivery.headers, secret)
    except polar_sdk.webhooks.WebhookUnknownTypeError:
        raise Failure("the SDK does not know the type") from None
    except ValueError as error:  # pydantic's
        raise Failure(f"the SDK cannot read it: {str(error)[:1_000]}") from None
    if event.TYPE != delivery.type:
        raise Failure(f"the SDK reads it as {event.TYPE}")
    if event.data is None:
        raise Failure("the SDK finds no data")


def body(delivery):
    payload = delivery.payload
    if list(payload) != ["type", "timestamp", "data"]:
        raise Failure(f"the payload has the members {list(payload)}")
    if not MOMENT.fullmatch(payload["timestamp"]):
        raise Failure(f"timestamp is {payload['timestamp']}")
    compact = json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
    if delivery.body != compact:
        raise Failure(f"the body is not compact: {delivery.body[:300]!r}")
    shape(delivery.type, payload["data"])
