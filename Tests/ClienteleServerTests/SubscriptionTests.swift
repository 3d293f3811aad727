import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

@Suite("Subscriptions over HTTP")
struct SubscriptionTests {
    @Test func writesEveryMemberInOrder() async throws {
        try await withHolder { server, holder in
            let made = try await server.call(
                .post,
                "/v1/subscriptions/",
                body:
                    #"{"product_id": "\#(holder.product)", "customer_id": "\#(holder.customer)", "metadata": {"a": 1}}"#
            )
            #expect(made.status == .created)
            let names = try #require(made.json.object).map(\.name).joined(separator: " ")
            #expect(
                names == """
                    created_at modified_at id amount currency recurring_interval recurring_interval_count status \
                    current_period_start current_period_end current_meter_period_start current_meter_period_end trial_start \
                    trial_end cancel_at_period_end canceled_at started_at ends_at ended_at past_due_at pause_at_period_end \
                    paused_at resumes_at customer_id product_id discount_id checkout_id seats units \
                    customer_cancellation_reason customer_cancellation_comment price_id metadata custom_field_data customer \
                    user_id user product discount price prices meters pending_update
                    """
            )
            #expect(made.json["status"] == "active" && made.json["amount"] == 0 && made.json["currency"] == "usd")
            #expect(made.json["metadata"] == ["a": 1])
            #expect(made.json["current_period_start"] == made.json["started_at"])
            #expect(made.json["customer"]?["id"]?.string == holder.customer)
            #expect(made.json["product"]?["id"]?.string == holder.product)
            #expect(made.json["price"]?["id"] == made.json["price_id"])
            let id = try #require(made.json["id"]?.string)
            #expect(try await server.call(.get, "/v1/subscriptions/\(id)").text == made.text)
            #expect(try await server.call(.get, "/v1/subscriptions/?metadata[a]=1").items == [made.json])
            #expect(try await server.call(.get, "/v1/subscriptions/?metadata[a]=2").items == [])
        }
    }

    @Test func tellsWhyACustomerCannotSubscribe() async throws {
        try await withHolder { server, holder in
            let once = try await server.made(
                "/v1/products/",
                #"{"name": "Once", "prices": [{"amount_type": "free"}]}"#
            ).id
            let paid = try await server.made(
                "/v1/products/",
                #"""
                {"name": "Paid", "recurring_interval": "month",
                    "prices": [{"amount_type": "fixed", "price_amount": 100, "price_currency": "usd"}]}
                """#
            ).id
            let unknown = "11111111-1111-4111-8111-111111111111"
            let product = "value_error body.product_id"
            let cases: [(body: String, issues: [String])] = [
                (#"{"product_id": "\#(unknown)", "customer_id": "\#(holder.customer)"}"#, [product]),
                (#"{"product_id": "\#(once)", "customer_id": "\#(holder.customer)"}"#, [product]),
                (#"{"product_id": "\#(paid)", "customer_id": "\#(holder.customer)"}"#, [product]),
                (
                    #"{"product_id": "\#(holder.product)", "customer_id": "\#(unknown)"}"#,
                    ["value_error body.customer_id"]
                ),
                (
                    #"{"product_id": "\#(holder.product)", "external_customer_id": "nobody"}"#,
                    ["value_error body.external_customer_id"]
                ),
                (
                    #"{"product_id": "\#(holder.product)"}"#,
                    [
                        "missing body.SubscriptionCreateCustomer.customer_id",
                        "missing body.SubscriptionCreateExternalCustomer.external_customer_id",
                    ]
                ),
                (
                    #"{"customer_id": "\#(holder.customer)"}"#,
                    ["missing body.SubscriptionCreateCustomer.product_id"]
                ),
                (
                    #"{"product_id": "x", "customer_id": 1}"#,
                    [
                        "uuid_parsing body.SubscriptionCreateCustomer.product_id",
                        "uuid_type body.SubscriptionCreateCustomer.customer_id",
                    ]
                ),
            ]
            for (body, issues) in cases {
                let refused = try await server.call(.post, "/v1/subscriptions/", body: body)
                #expect(refused.status == .unprocessableContent && refused.issues == issues, "\(body): \(refused.text)")
            }
            let foreign = try await server.call(
                .post,
                "/v1/subscriptions/",
                token: "B",
                body: #"{"product_id": "\#(holder.product)", "customer_id": "\#(holder.customer)"}"#
            )
            #expect(foreign.issues == [product])
            #expect(try await server.call(.get, "/v1/subscriptions/").items.isEmpty)
        }
    }

    @Test func endsWithItsPeriodAndTakesThatBack() async throws {
        try await withHolder { server, holder in
            let id = try await holder.subscribe(on: server)
            func change(_ body: String) async throws -> TestResponse {
                try await server.call(.patch, "/v1/subscriptions/\(id)", body: body)
            }
            let scheduled = try await change(
                #"{"cancel_at_period_end": true, "customer_cancellation_reason": "unused", "customer_cancellation_comment": "Bye"}"#
            )
            #expect(scheduled.json["ends_at"] == scheduled.json["current_period_end"])
            #expect(scheduled.json["status"] == "active" && scheduled.json["canceled_at"]?.string != nil)
            #expect(scheduled.json["customer_cancellation_reason"] == "unused")
            let again = try await change(#"{"cancel_at_period_end": true}"#)
            #expect(again.status == .forbidden && again.json["error"] == "AlreadyCanceledSubscription")
            let back = try await change(#"{"cancel_at_period_end": false}"#)
            #expect(back.json["ends_at"]?.isNull == true && back.json["customer_cancellation_comment"]?.isNull == true)
            let twice = try await change(#"{"cancel_at_period_end": false}"#)
            #expect(twice.status == .badRequest && twice.json["error"] == "BadRequest")
            let revoked = try await change(#"{"revoke": true, "customer_cancellation_comment": "Now"}"#)
            #expect(revoked.json["status"] == "canceled" && revoked.json["ended_at"] == revoked.json["ends_at"])
            #expect(revoked.json["customer_cancellation_comment"] == "Now")
            let gone = try await change(#"{"cancel_at_period_end": false}"#)
            #expect(gone.status == .gone && gone.json["error"] == "ResourceUnavailable")
            let late = try await server.call(.delete, "/v1/subscriptions/\(id)")
            #expect(late.status == .forbidden && late.json["error"] == "AlreadyCanceledSubscription")
            let inactive = try await change(#"{"product_id": "\#(holder.product)"}"#)
            #expect(inactive.status == .forbidden && inactive.json["error"] == "InactiveSubscription")
        }
    }

    @Test func refusesMembersOfAnotherKindOfChange() async throws {
        try await withHolder { server, holder in
            let id = try await holder.subscribe(on: server)
            let before = try await server.call(.get, "/v1/subscriptions/\(id)").text
            let cases: [(body: String, issues: [String])] = [
                (#"{"foo": 1}"#, ["extra_forbidden body.SubscriptionUpdateBase.foo"]),
                (
                    #"{"cancel_at_period_end": true, "product_id": "x"}"#,
                    ["extra_forbidden body.SubscriptionCancel.product_id"]
                ),
                (#"{"cancel_at_period_end": "yes"}"#, ["bool_type body.SubscriptionCancel.cancel_at_period_end"]),
                (#"{"revoke": false}"#, ["literal_error body.SubscriptionRevoke.revoke"]),
                (#"{"trial_end": "2026-05-01T00:00:00"}"#, ["timezone_aware body.SubscriptionUpdateBase.trial_end"]),
                (#"{"trial_end": "soon"}"#, ["datetime_from_date_parsing body.SubscriptionUpdateBase.trial_end"]),
                (#"{"seats": 3}"#, ["value_error body.seats"]),
                (
                    #"{"cancel_at_period_end": true, "customer_cancellation_reason": "mood"}"#,
                    ["enum body.SubscriptionCancel.customer_cancellation_reason"]
                ),
            ]
            for (body, issues) in cases {
                let refused = try await server.call(.patch, "/v1/subscriptions/\(id)", body: body)
                #expect(refused.status == .unprocessableContent && refused.issues == issues, "\(body): \(refused.text)")
            }
            #expect(try await server.call(.get, "/v1/subscriptions/\(id)").text == before)
        }
    }

    @Test func listsWhatIsAskedFor() async throws {
        try await withHolder { server, holder in
            let first = try await holder.subscribe(on: server)
            let second = try await holder.subscribe(on: server)
            _ = try await server.call(.delete, "/v1/subscriptions/\(first)")
            _ = try await server.call(.patch, "/v1/subscriptions/\(second)", body: #"{"cancel_at_period_end": true}"#)
            func ids(_ query: String) async throws -> [String] {
                try await server.call(.get, "/v1/subscriptions/?\(query)").items.compactMap { $0["id"]?.string }
            }
            let lists: [(query: String, ids: [String])] = [
                ("", [second, first]), ("sorting=started_at", [first, second]), ("active=true", [second]),
                ("active=false", [first]), ("status=canceled", [first]),
                ("status=canceled&status=active", [second, first]),
                ("cancel_at_period_end=true", [second]), ("product_id=\(holder.product)", [second, first]),
                ("customer_id=\(holder.customer)", [second, first]), ("external_customer_id=holder", [second, first]),
                ("external_customer_id=nobody", []), ("discount_id=\(holder.product)", []),
                ("canceled_at_after=2020-01-01T00:00:00Z", [second, first]),
                ("started_before=2020-01-01T00:00:00Z", []),
                ("sorting=-ended_at&limit=1", [second]), ("organization_id=\(server.organizationB)", []),
            ]
            for list in lists {
                let found = try await ids(list.query)
                #expect(found == list.ids, "\(list.query)")
            }
            let customers = try await server.call(.get, "/v1/customers/?active=true")
            #expect(customers.items.map { $0["id"]?.string } == [holder.customer])
            server.clock.pass(seconds: 40 * 86_400)
            #expect(try await ids("active=true") == [])
            #expect(try await server.call(.get, "/v1/customers/?active=true").items == [])
            #expect(try await server.call(.get, "/v1/customers/?active=false").items.count == 1)
        }
    }
}

/// A customer, and a product that it can subscribe to, which gives a flag and credit.
struct Holder: Sendable {
    let customer: String
    let product: String
    let meter: String

    func subscribe(on server: TestServer) async throws -> String {
        try await server.made("/v1/subscriptions/", #"{"product_id": "\#(product)", "customer_id": "\#(customer)"}"#).id
    }
}

/// Runs `body` against a server of its own with a customer that has nothing yet.
func withHolder(
    _ engine: TestEngine = .standard,
    over setup: TestingSetup = .router,
    _ body: @escaping @Sendable (TestServer, Holder) async throws -> Void
) async throws {
    try await withServer(engine, over: setup) { try await body($0, try await makeHolder(on: $0)) }
}

func makeHolder(on server: TestServer) async throws -> Holder {
    let customer = try await server.made("/v1/customers/", #"{"email": "holder@example.com", "external_id": "holder"}"#)
        .id
    let meter = try await server.made(
        "/v1/meters/",
        #"""
        {"name": "Calls", "filter": {"conjunction": "and", "clauses": []}, "aggregation": {"func": "sum", "property": "n"},
            "metadata": {"key": "calls"}}
        """#
    ).id
    let flag = try await server.made(
        "/v1/benefits/",
        #"{"type": "feature_flag", "description": "Flag", "properties": {}, "metadata": {"key": "flag"}}"#
    ).id
    let credit = try await server.made(
        "/v1/benefits/",
        #"""
        {"type": "meter_credit", "description": "Credit", "properties": {"units": 10, "rollover": false, "meter_id": "\#(meter)"}}
        """#
    ).id
    let product = try await server.made(
        "/v1/products/",
        #"{"name": "Free", "recurring_interval": "month", "prices": [{"amount_type": "free"}]}"#
    ).id
    let set = try await server.call(
        .post,
        "/v1/products/\(product)/benefits",
        body: #"{"benefits": ["\#(flag)", "\#(credit)"]}"#
    )
    #expect(set.status == .ok, "\(set.text)")
    return Holder(customer: customer, product: product, meter: meter)
}
