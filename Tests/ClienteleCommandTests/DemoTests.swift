import ClienteleJSON
import ClienteleTestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct DemoTests {
    @Test func makesALivingInstallation() async throws {
        try await withFolder { folder in
            let made = try await clienteleJSON(["demo", "--customers", "60"], data: folder)
            #expect(made.object?.map(\.name) == ["organization_id", "customers", "token", "example_customer_id"])
            let token = try #require(made["token"]?.string)
            let example = try #require(made["example_customer_id"]?.string)
            try await withServing(folder) { server async throws in
                func total(_ path: String) async throws -> Int64 {
                    let list = try await server.call("GET", "/v1/\(path)", token: token).json
                    return list["pagination"]?["total_count"]?.integer ?? 0
                }
                #expect(try await total("customers") == 60)
                #expect(try await total("products") == 3)
                #expect(try await total("events") > 500)
                // Some have left, some are about to, some are on trial.
                for query in ["status=canceled", "cancel_at_period_end=true", "status=trialing", "status=active"] {
                    #expect(try await total("subscriptions?\(query)") > 0, "\(query)")
                }
                let state = try await server.call("GET", "/v1/customers/\(example)/state", token: token).json
                for list in ["active_subscriptions", "granted_benefits", "active_meters"] {
                    #expect(state[list]?.array?.isEmpty == false, "\(list)")
                }
            }
            let verified = try await clientele(["verify", "--data-dir", folder])
            #expect(verified.status == 0, "\(verified.output)")
        }
    }

    @Test func addsNothingToWhatIsInUse() async throws {
        try await withFolder { folder in
            _ = try await clienteleJSON(["demo", "--customers", "1"], data: folder)
            let again = try await clientele(["demo", "--customers", "1", "--data-dir", folder])
            #expect(again.status == 1 && again.errors.contains("There are customers already, so nothing was made."))
            #expect(try await clienteleJSON(["organization", "list"], data: folder).array?.count == 1)
        }
    }

    @Test func tellsWhatToLookAt() async throws {
        try await withFolder { folder in
            let told = try await clientele(["demo", "--customers", "20", "--data-dir", folder])
            #expect(told.status == 0 && told.output.contains("curl -H 'Authorization: Bearer clientele_oat_"))
            #expect(told.output.contains("/state\n"))
        }
    }
}
