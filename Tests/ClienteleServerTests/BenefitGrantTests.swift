import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// What section 5.4 of the specification of the Polar dialect says of grants.
struct BenefitGrantTests {
    private static let path = "/v1/benefit-grants/"

    @Test func answersTheWholeGrantInThePublishedOrder() async throws {
        try await withServer { server in
            let customer = try await server.customer(
                #"{"email":"ada@example.com","name":"Ada","external_id":"ada","metadata":{"a":1}}"#
            ).id
            let flag = try await server.flag()
            let product = try await server.freeProduct()
            try await server.give([flag], with: product)
            let subscription = try await server.subscribe(customer, to: product)
            let answer = try await server.call(.get, Self.path)
            let grant = try #require(answer.items.first)
            let member = try #require(try await server.members(of: customer).first)
            let whole = try await server.call(.get, "/v1/customers/\(customer)").text
            let benefit = try await server.call(.get, "/v1/benefits/\(flag)").text
            let expected = """
                {"created_at":"\(grant.text("created_at"))","modified_at":null,"id":"\(grant.id)",\
                "granted_at":"\(grant.text("created_at"))","is_granted":true,"revoked_at":null,"is_revoked":false,\
                "subscription_id":"\(subscription)","order_id":null,"customer_id":"\(customer)",\
                "member_id":"\(member.id)","benefit_id":"\(flag)","error":null,"customer":\(whole),\
                "member":\(member.text),"benefit":\(benefit),"properties":{},"user_id":"\(customer)"}
                """
            let list = #"{"items":[\#(expected)],"pagination":{"total_count":1,"max_page":1}}"#
            #expect(answer.text == list)
            #expect(try await server.call(.get, "/v1/benefits/\(flag)/grants").text == list)
        }
    }

    @Test func followsTheBenefitsOfAProduct() async throws {
        try await withServer { server in
            let customer = try await server.customerID("ada@example.com")
            let product = try await server.freeProduct()
            _ = try await server.subscribe(customer, to: product)
            #expect(try await server.call(.get, Self.path).items.isEmpty)
            let (a, b) = (try await server.flag("Aaa"), try await server.flag("Bbb"))
            try await server.give([a], with: product)
            #expect(try await server.granted(to: customer) == [a])
            let first = try await server.call(.get, "/v1/benefits/\(a)/grants").items.first ?? .null
            try await server.give([b], with: product)
            #expect(try await server.granted(to: customer) == [b])
            let revoked = try await server.call(.get, "/v1/benefits/\(a)/grants").items.first ?? .null
            #expect(revoked["granted_at"] == .null && revoked["is_granted"] == false && revoked["is_revoked"] == true)
            #expect(revoked.text("revoked_at") > first.text("granted_at"))
            #expect(revoked["modified_at"] == revoked["revoked_at"])
            try await server.give([b, a], with: product)
            #expect(try await server.granted(to: customer).sorted() == [a, b].sorted())
            let again = try await server.call(.get, "/v1/benefits/\(a)/grants")
            #expect(again.items.count == 1)
            let revived = again.items.first ?? .null
            #expect(revived.id == first.id && revived["revoked_at"] == .null && revived["is_revoked"] == false)
            #expect(revived["created_at"] == first["created_at"])
            #expect(revived.text("granted_at") > revoked.text("revoked_at"))
        }
    }

    @Test func hidesGrantsFromOtherOrganizations() async throws {
        try await withServer { server in
            let customer = try await server.customerID("ada@example.com")
            try await server.subscribe([customer], toProductsGiving: try await server.flag())
            #expect(try await server.call(.get, Self.path).items.count == 1)
            #expect(try await server.call(.get, Self.path, token: "B").items.isEmpty)
            #expect(try await server.call(.get, Self.path, token: "PAT_AB").items.count == 1)
        }
    }

    @Test func leavesThoseAloneWhoAreNotSubscribed() async throws {
        try await withServer { server in
            let ada = try await server.customerID("ada@example.com")
            let bob = try await server.customerID("bob@example.com")
            let (product, other) = (try await server.freeProduct("One"), try await server.freeProduct("Two"))
            let flag = try await server.flag()
            let ended = try await server.subscribe(ada, to: product)
            _ = try await server.subscribe(bob, to: other)
            #expect(try await server.call(.delete, "/v1/subscriptions/\(ended)").status == .ok)
            try await server.give([flag], with: product)
            #expect(try await server.call(.get, Self.path).items.isEmpty)
        }
    }

    @Test func givesAGrantForEachSubscription() async throws {
        try await withServer { server in
            let customer = try await server.customerID("ada@example.com")
            let flag = try await server.flag()
            let products = [try await server.freeProduct("One"), try await server.freeProduct("Two")]
            for product in products { try await server.give([flag], with: product) }
            let first = try await server.subscribe(customer, to: products[0])
            let second = try await server.subscribe(customer, to: products[1])
            let grants = try await server.call(.get, Self.path + "?sorting=created_at").items
            #expect(grants.map { $0.text("subscription_id") } == [first, second])
            #expect(try await server.call(.delete, "/v1/subscriptions/\(first)").status == .ok)
            let left = try await server.call(.get, Self.path + "?is_granted=true").items
            #expect(left.map { $0.text("subscription_id") } == [second])
        }
    }

    @Test func revokesTheGrantsOfABenefitThatIsDeleted() async throws {
        try await withServer { server in
            let customer = try await server.customerID("ada@example.com")
            let (flag, other) = (try await server.flag(), try await server.flag("Other"))
            let product = try await server.freeProduct()
            try await server.give([flag, other], with: product)
            _ = try await server.subscribe(customer, to: product)
            #expect(try await server.call(.delete, "/v1/benefits/\(flag)").status == .noContent)
            #expect(try await server.granted(to: customer) == [other])
            let revoked = try #require(try await server.call(.get, Self.path + "?is_granted=false").items.first)
            #expect(revoked.text("benefit_id") == flag && revoked["benefit"]?["is_deleted"] == true)
            #expect(try await server.call(.get, "/v1/benefits/\(flag)/grants").status == .notFound)
        }
    }

    @Test func showsTheEndOfALicenseKeyAlone() async throws {
        try await withServer { server in
            let customer = try await server.customerID("ada@example.com")
            let keys = try await server.newBenefit(
                #"{"type":"license_keys","description":"Key","properties":{"prefix":" app "}}"#
            ).id
            let product = try await server.freeProduct()
            try await server.give([keys], with: product)
            _ = try await server.subscribe(customer, to: product)
            let answer = try await server.call(.get, Self.path)
            let properties = answer.items.first?["properties"] ?? .null
            #expect(properties.object?.map(\.name) == ["license_key_id", "display_key"])
            #expect(properties.text("display_key").wholeMatch(of: #/\*{4}-[0-9A-F]{6}/#) != nil)
            let kept = try await server.kept(["properties"], in: "benefit_grants").first?.first ?? nil
            let stored = try JSON(parsing: Array((kept ?? "").utf8))
            let key = stored.text("key")
            #expect(key.hasPrefix("APP-") && key.suffix(6) == properties.text("display_key").suffix(6))
            #expect(!answer.text.contains(key))
            try await server.give([], with: product)
            #expect(try await server.call(.get, Self.path).items.first?["properties"] == [:])
        }
    }

    @Test func showsNothingOfAMeterCredit() async throws {
        try await withServer { server in
            let customer = try await server.customerID("ada@example.com")
            let meter = try await server.countingMeter()
            let credit = try await server.newBenefit(
                """
                {"type":"meter_credit","description":"Credit",\
                "properties":{"units":100,"rollover":false,"meter_id":"\(meter)"}}
                """
            ).id
            let product = try await server.freeProduct()
            try await server.give([credit], with: product)
            _ = try await server.subscribe(customer, to: product)
            #expect(try await server.call(.get, Self.path).items.first?["properties"] == [:])
        }
    }

    @Test func showsAChangeOfABenefitAtOnce() async throws {
        try await withServer { server in
            let customer = try await server.customerID("ada@example.com")
            let flag = try await server.flag("Before")
            let product = try await server.freeProduct()
            try await server.give([flag], with: product)
            _ = try await server.subscribe(customer, to: product)
            let body = #"{"type":"feature_flag","description":"After","metadata":{"key":"beta"}}"#
            let changed = try await server.call(.patch, "/v1/benefits/\(flag)", body: body)
            #expect(changed.status == .ok)
            let grant = try #require(try await server.call(.get, Self.path).items.first)
            #expect(grant["benefit"] == changed.json)
            #expect(grant["modified_at"] == changed.json["modified_at"])
            #expect(try await server.call(.get, "/v1/products/\(product)").json["benefits"] == [changed.json])
            // What changes nothing leaves the grant as it is.
            _ = try await server.call(.patch, "/v1/benefits/\(flag)", body: body)
            #expect(try await server.call(.get, Self.path).items == [grant])
        }
    }

    @Test func filtersAndSortsAndPages() async throws {
        try await withServer { server in
            let ada = try await server.customer(#"{"email":"ada@example.com","external_id":"a"}"#).id
            let bob = try await server.customer(#"{"email":"bob@example.com","external_id":"b"}"#).id
            let (one, two) = (try await server.flag("One"), try await server.flag("Two"))
            try await server.subscribe([ada, bob], toProductsGiving: one, two)
            let member = try await server.members(of: bob).first?.id ?? ""
            for (path, found) in [
                ("benefit-grants/?customer_id=\(ada)&sorting=created_at", ["a One", "a Two"]),
                ("benefit-grants/?customer_id=\(ada)&customer_id=\(bob)&is_granted=false", ["b One", "a One"]),
                ("benefit-grants/?external_customer_id=b", ["b Two", "b One"]),
                ("benefit-grants/?external_customer_id=a&external_customer_id=c&is_granted=true", ["a Two"]),
                ("benefit-grants/?customer_id=\(unknownID)", []), ("benefit-grants/?external_customer_id=B", []),
                ("benefit-grants/?organization_id=\(server.organizationB.text)", []),
                ("benefit-grants/?is_granted=false&sorting=-revoked_at", ["b One", "a One"]),
                ("benefit-grants/?is_granted=true&sorting=granted_at", ["a Two", "b Two"]),
                ("benefit-grants/?sorting=created_at&limit=2&page=1", ["a One", "b One"]),
                ("benefits/\(one)/grants", ["b One", "a One"]),
                ("benefits/\(one)/grants?is_granted=true", []),
                ("benefits/\(two)/grants?customer_id=\(bob)", ["b Two"]),
                ("benefits/\(two)/grants?member_id=\(member)&is_granted=true", ["b Two"]),
                ("benefits/\(two)/grants?member_id=\(unknownID)", []),
                ("benefits/\(two)/grants?limit=1&page=2", ["a Two"]),
            ] {
                let answer = try await server.call(.get, "/v1/" + path)
                let names = answer.items.map { grant in
                    (grant["customer"]?.text("external_id") ?? "") + " " + (grant["benefit"]?.text("description") ?? "")
                }
                #expect(answer.status == .ok && names == found, "\(path)")
            }
            let pages = try await server.call(.get, Self.path + "?limit=3").json["pagination"]
            #expect(pages == ["total_count": 4, "max_page": 2])
        }
    }

    @Test func tellsEveryIssueOfAQuery() async throws {
        try await withServer { server in
            let flag = try await server.flag()
            for (path, issues) in [
                (
                    "benefit-grants/?sorting=x&is_granted=x&customer_id=x&external_customer_id=%00",
                    ["enum query.sorting.0", "bool_parsing query.is_granted", "uuid_type query.customer_id.uuid"]
                        + ["value_error query.external_customer_id"]
                ),
                (
                    "benefits/\(flag)/grants?is_granted=x&customer_id=x&member_id=x&page=x",
                    ["int_parsing query.page", "bool_parsing query.is_granted", "uuid_type query.customer_id.uuid"]
                        + ["uuid_type query.member_id.uuid"]
                ),
            ] {
                let answer = try await server.call(.get, "/v1/" + path)
                #expect(answer.issues.filter { !$0.contains("json-or-python") } == issues)
            }
        }
    }
}

extension TestServer {
    /// Subscribes customers to two products that give a benefit each, and ends what gives the first.
    fileprivate func subscribe(_ customers: [String], toProductsGiving benefits: String...) async throws {
        var subscriptions: [String] = []
        for benefit in benefits {
            let product = try await freeProduct()
            try await give([benefit], with: product)
            for customer in customers { subscriptions.append(try await subscribe(customer, to: product)) }
        }
        for subscription in subscriptions.prefix(customers.count) {
            #expect(try await call(.delete, "/v1/subscriptions/\(subscription)").status == .ok)
        }
    }

    /// The benefits that a customer has, the newest grant first.
    fileprivate func granted(to customer: String) async throws -> [String] {
        try await names(of: "/v1/benefit-grants/?is_granted=true&customer_id=\(customer)", "benefit_id")
    }
}
