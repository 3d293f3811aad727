import ClienteleCore
import ClienteleJSON
import ClienteleTestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

/// What section 5.1 of the specification of the Polar dialect says of products.
struct ProductTests {
    private static let path = "/v1/products/"
    private static let notFound = namedError("ResourceNotFound", "Product not found")

    @Test func answersTheWholeProductInThePublishedOrder() async throws {
        try await withServer { server in
            let meter = try await server.countingMeter("Calls")
            let body = """
                {"name":" Pro ","description":" All of it ","visibility":"private","recurring_interval":"month",\
                "recurring_interval_count":3,"trial_interval":"day","trial_interval_count":14,"meter_interval":"month",\
                "metadata":{"tier":1,"b":true},"medias":[],"attached_custom_fields":[],\
                "prices":[{"amount_type":"fixed","price_amount":2500,"price_currency":"EUR","tax_behavior":"inclusive"},\
                {"amount_type":"custom"},\
                {"amount_type":"metered_unit","meter_id":"\(meter)","unit_amount":"0.25","cap_amount":900}]}
                """
            let answer = try await server.call(.post, Self.path, body: body)
            #expect(answer.status == .created)
            let (id, at) = (answer.json.id, answer.json.text("created_at"))
            let prices = answer.json["prices"]?.array?.map(\.id) ?? []
            try #require(prices.count == 3)
            func price(_ index: Int, _ type: String, _ currency: String, _ tax: String, _ rest: String) -> String {
                """
                {"created_at":"\(at)","modified_at":null,"id":"\(prices[index])","source":"catalog",\
                "amount_type":"\(type)","price_currency":"\(currency)","tax_behavior":\(tax),"is_archived":false,\
                "product_id":"\(id)","type":"recurring","recurring_interval":"month",\(rest)}
                """
            }
            let custom = #""minimum_amount":50,"maximum_amount":null,"preset_amount":null"#
            let metered = """
                "unit_amount":"0.250000000000","cap_amount":900,"meter_id":"\(meter)","meter":{"id":"\(meter)",\
                "name":"Calls","unit":"scalar","custom_label":null,"custom_multiplier":null}
                """
            let expected = """
                {"id":"\(id)","created_at":"\(at)","modified_at":null,"trial_interval":"day","trial_interval_count":14,\
                "name":"Pro","description":"All of it","visibility":"private","recurring_interval":"month",\
                "recurring_interval_count":3,"meter_interval":"month","meter_interval_count":1,"is_recurring":true,\
                "is_archived":false,"organization_id":"\(server.organizationA.text)","metadata":{"tier":1,"b":true},\
                "prices":[\(price(0, "fixed", "eur", #""inclusive""#, #""price_amount":2500"#)),\
                \(price(1, "custom", "usd", "null", custom)),\(price(2, "metered_unit", "usd", "null", metered))],\
                "benefits":[],"medias":[],"attached_custom_fields":[]}
                """
            #expect(answer.text == expected)
            #expect(try await server.call(.get, "/v1/products/\(id)").text == expected)
            let list = #"{"items":[\#(expected)],"pagination":{"total_count":1,"max_page":1}}"#
            #expect(try await server.call(.get, Self.path).text == list)
        }
    }

    @Test func needsANameAndAPriceAndNothingElse() async throws {
        try await withServer { server in
            let made = try await server.newProduct(
                """
                {"name":"Book","prices":[{"amount_type":"fixed","price_amount":0,"price_currency":null,\
                "tax_behavior":null}],"description":null,"visibility":null,"recurring_interval":null,\
                "recurring_interval_count":null,"trial_interval":null,"trial_interval_count":null,\
                "meter_interval":null,"meter_interval_count":null,"medias":null,"attached_custom_fields":null,\
                "organization_id":null,"unknown":1}
                """
            )
            for name in ["description", "recurring_interval", "recurring_interval_count", "trial_interval"] {
                #expect(made[name] == .null, "\(name)")
            }
            #expect(made["is_recurring"] == false && made.text("visibility") == "public")
            #expect(made["metadata"] == [:] && made["medias"] == [] && made["attached_custom_fields"] == [])
            let price = made["prices"]?.array?.first ?? .null
            #expect(price.text("type") == "one_time" && price["recurring_interval"] == .null)
            #expect(price["price_amount"] == 0 && price.text("price_currency") == "usd")
            #expect(price["tax_behavior"] == .null)
        }
    }

    @Test func takesAFreePriceForAFixedOneOfNothing() async throws {
        try await withServer { server in
            let made = try await server.newProduct(#"{"name":"Free","prices":[{"amount_type":"free"}]}"#)
            let price = made["prices"]?.array?.first ?? .null
            #expect(price.text("amount_type") == "fixed" && price["price_amount"] == 0)
        }
    }

    @Test func sortsSeatTiersAndTellsTheirBounds() async throws {
        try await withServer { server in
            let made = try await server.newProduct(
                """
                {"name":"Team","recurring_interval":"year","prices":[{"amount_type":"seat_based","seat_tiers":{"tiers":[\
                {"min_seats":11,"price_per_seat":0},{"min_seats":2,"max_seats":10,"price_per_seat":500}]}}]}
                """
            )
            let tiers: JSON = [
                "seat_tier_type": "volume",
                "tiers": [
                    ["min_seats": 2, "max_seats": 10, "price_per_seat": 500],
                    ["min_seats": 11, "max_seats": nil, "price_per_seat": 0],
                ],
                "minimum_seats": 2, "maximum_seats": nil,
            ]
            #expect(made["prices"]?.array?.first?["seat_tiers"] == tiers)
        }
    }

    @Test(arguments: [
        (#""10""#, "10.000000000000"), ("10", "10.000000000000"), ("0.5", "0.500000000000"),
        (#"" 1.25e-3 ""#, "0.001250000000"), ("1e-12", "0.000000000001"), (#"".5""#, "0.500000000000"),
        (#""099999.999999999999000""#, "99999.999999999999"), ("1.5e4", "15000.000000000000"),
    ])
    func writesUnitAmountsDigitForDigit(_ sent: String, _ written: String) async throws {
        try await withServer { server in
            let meter = try await server.countingMeter()
            let made = try await server.newProduct(
                """
                {"name":"Use","recurring_interval":"month","prices":[{"amount_type":"metered_unit",\
                "meter_id":"\(meter)","unit_amount":\(sent)}]}
                """
            )
            let price = made["prices"]?.array?.first ?? .null
            #expect(price.text("unit_amount") == written && price["cap_amount"] == .null)
        }
    }

    @Test func changesWhatAnUpdateNamesAndNothingElse() async throws {
        try await withServer { server in
            let made = try await server.newProduct(
                """
                {"name":"Pro","description":"Old","recurring_interval":"month","trial_interval":"day",\
                "trial_interval_count":7,"meter_interval":"month","metadata":{"a":1},\
                "prices":[{"amount_type":"free"}]}
                """
            )
            let path = "/v1/products/\(made.id)"
            let same = try await server.call(.patch, path, body: "{}")
            #expect(same.status == .ok && same.json == made)
            let nulls = #"{"name":null,"visibility":null,"is_archived":null,"prices":null,"recurring_interval":null}"#
            #expect(try await server.call(.patch, path, body: nulls).json == made)
            let body = """
                {"name":"Pro 2","visibility":"draft","is_archived":true,"metadata":{"b":2},"trial_interval":"week",\
                "trial_interval_count":1000,"meter_interval":"day","meter_interval_count":2,"description":"New",\
                "recurring_interval":"month","recurring_interval_count":1}
                """
            let changed = try await server.call(.patch, path, body: body)
            #expect(changed.status == .ok)
            for (name, value) in [
                ("name", "Pro 2"), ("visibility", "draft"), ("is_archived", true), ("metadata", ["b": 2]),
                ("trial_interval", "week"), ("trial_interval_count", 1_000), ("meter_interval", "day"),
                ("meter_interval_count", 2), ("description", "New"), ("recurring_interval", "month"),
                ("prices", made["prices"] ?? .null), ("created_at", made["created_at"] ?? .null),
            ] as [(String, JSON)] {
                #expect(changed.json[name] == value, "\(name)")
            }
            #expect(changed.json.text("modified_at") > made.text("created_at"))
            #expect(try await server.call(.get, path).text == changed.text)
        }
    }

    @Test func clearsWhatAnUpdateSetsToNull() async throws {
        try await withServer { server in
            let made = try await server.newProduct(
                """
                {"name":"Pro","description":"Old","recurring_interval":"month","trial_interval":"day",\
                "trial_interval_count":7,"meter_interval":"day","prices":[{"amount_type":"free"}]}
                """
            )
            let body = """
                {"description":null,"trial_interval":null,"trial_interval_count":null,"meter_interval":null,\
                "meter_interval_count":null}
                """
            let changed = try await server.call(.patch, "/v1/products/\(made.id)", body: body).json
            let names = [
                "description", "trial_interval", "trial_interval_count", "meter_interval", "meter_interval_count",
            ]
            for name in names { #expect(changed[name] == .null, "\(name)") }
            let blank = try await server.call(.patch, "/v1/products/\(made.id)", body: #"{"description":" "}"#)
            #expect(blank.json["description"] == .null)
        }
    }

    @Test func offersThePricesOfAnUpdateAlone() async throws {
        try await withServer { server in
            let made = try await server.newProduct(
                """
                {"name":"Pro","prices":[{"amount_type":"fixed","price_amount":100},\
                {"amount_type":"fixed","price_amount":200}]}
                """
            )
            let path = "/v1/products/\(made.id)"
            let old = made["prices"]?.array ?? []
            try #require(old.count == 2)
            let body = #"{"prices":[{"amount_type":"fixed","price_amount":300},{"id":"\#(old[1].id)"}]}"#
            let prices = try await server.call(.patch, path, body: body).json["prices"]?.array ?? []
            #expect(prices.map { $0["price_amount"] } == [200, 300])
            #expect(prices.first == old[1])
            let gone = try await server.call(.patch, path, body: #"{"prices":[{"id":"\#(old[0].id)"}]}"#)
            #expect(gone.status == .unprocessableContent)
            let issue = item("value_error", #"["body","prices",0]"#, "Price does not exist.", #""\#(old[0].id)""#)
            #expect(gone.text == serviceError(issue))
        }
    }

    @Test func keepsTheIntervalForLife() async throws {
        try await withServer { server in
            let month = try await server.newProduct(
                #"{"name":"Pro","recurring_interval":"month","prices":[{"amount_type":"free"}]}"#
            )
            let issue = item(
                "value_error",
                #"["body","recurring_interval"]"#,
                "Recurring interval cannot be changed.",
                #""year""#
            )
            let year = #"{"recurring_interval":"year"}"#
            let answer = try await server.call(.patch, "/v1/products/\(month.id)", body: year)
            #expect(answer.status == .unprocessableContent && answer.text == serviceError(issue))
            let count = #"{"recurring_interval_count":2}"#
            let counted = try await server.call(.patch, "/v1/products/\(month.id)", body: count)
            #expect(counted.issues == ["value_error body.recurring_interval"])
            let once = try await server.newProduct(#"{"name":"Book","prices":[{"amount_type":"free"}]}"#)
            let trial = #"{"recurring_interval":"year","trial_interval":"day","trial_interval_count":1}"#
            let refused = try await server.call(.patch, "/v1/products/\(once.id)", body: trial)
            #expect(
                refused.issues == [
                    "value_error body.recurring_interval", "value_error body.trial_interval",
                    "value_error body.trial_interval_count",
                ]
            )
            #expect(try await server.call(.get, "/v1/products/\(once.id)").json == once)
        }
    }

    @Test func refusesMetersThatItDoesNotHave() async throws {
        try await withServer { server in
            let foreign = try await server.countingMeter(token: "B")
            let made = try await server.newProduct(#"{"name":"Pro","prices":[{"amount_type":"free"}]}"#)
            for meter in [unknownID, foreign] {
                let prices = """
                    "prices":[{"amount_type":"free"},{"amount_type":"metered_unit","meter_id":"\(meter)",\
                    "unit_amount":1}]
                    """
                let body = #"{"name":"Use","recurring_interval":"month",\#(prices)}"#
                let place = #"["body","prices",1,"meter_id"]"#
                let issue = item("value_error", place, "Meter does not exist.", #""\#(meter)""#)
                let create = try await server.call(.post, Self.path, body: body)
                #expect(create.status == .unprocessableContent && create.text == serviceError(issue))
                // The place is that in the request, whatever the product has of it.
                let kept = made["prices"]?.array?.first?.id ?? ""
                for first in [#"{"amount_type":"free"}"#, #"{"id":"\#(kept)"}"#] {
                    let changed = prices.replacing(#"{"amount_type":"free"}"#, with: first)
                    let update = try await server.call(.patch, "/v1/products/\(made.id)", body: "{\(changed)}")
                    #expect(update.issues == ["value_error body.prices.1.meter_id"])
                }
            }
            #expect(try await server.names(of: Self.path) == ["Pro"])
        }
    }

    @Test func hidesAProductFromOtherOrganizations() async throws {
        try await withServer { server in
            let made = try await server.newProduct(#"{"name":"Pro","prices":[{"amount_type":"free"}]}"#)
            for (id, token) in [(made.id, "B"), (unknownID, "A")] {
                let get = try await server.call(.get, "/v1/products/\(id)", token: token)
                #expect(get.status == .notFound && get.text == Self.notFound)
                for body in ["{}", #"{"name":"Mine"}"#, #"{"recurring_interval":"year"}"#] {
                    let patch = try await server.call(.patch, "/v1/products/\(id)", token: token, body: body)
                    #expect(patch.status == .notFound && patch.text == Self.notFound)
                }
                let set = try await server.call(
                    .post,
                    "/v1/products/\(id)/benefits",
                    token: token,
                    body: #"{"benefits":[]}"#
                )
                #expect(set.status == .notFound && set.text == Self.notFound)
            }
            #expect(try await server.names(of: Self.path, token: "B").isEmpty)
            #expect(try await server.call(.get, "/v1/products/\(made.id)").json == made)
            for (method, path, body) in [
                (.get, "/v1/products/nope", nil), (.patch, "/v1/products/nope", "{}"),
                (.post, "/v1/products/nope/benefits", #"{"benefits":[]}"#),
            ] as [(HTTPRequest.Method, String, String?)] {
                let answer = try await server.call(method, path, body: body)
                #expect(answer.issues == ["uuid_parsing path.id"])
            }
        }
    }

    @Test func letsAReaderReadAndNeverWrite() async throws {
        try await withServer { server in
            let made = try await server.newProduct(#"{"name":"Pro","prices":[{"amount_type":"free"}]}"#)
            for (method, path, reads) in [
                (.get, "products/", true), (.get, "products/\(made.id)", true), (.post, "products/", false),
                (.patch, "products/\(made.id)", false), (.post, "products/\(made.id)/benefits", false),
            ] as [(HTTPRequest.Method, String, Bool)] {
                let body = reads ? nil : "{}"
                let answer = try await server.call(method, "/v1/\(path)", token: "A_products", body: body)
                #expect(answer.status == (reads ? .ok : .forbidden), "\(method) \(path)")
                let other = try await server.call(method, "/v1/\(path)", token: "A_read", body: body)
                #expect(other.status == .forbidden, "\(method) \(path)")
            }
            #expect(try await server.call(.get, Self.path).items == [made])
        }
    }
}
