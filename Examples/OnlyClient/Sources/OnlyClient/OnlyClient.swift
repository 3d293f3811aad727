import ClienteleClient
import Foundation

/// Lists the customers of a server.
@main
struct OnlyClient {
    static func main() async throws {
        let environment = ProcessInfo.processInfo.environment
        guard let url = URL(string: environment["CLIENTELE_SERVER"] ?? "http://127.0.0.1:8080") else { return }
        let client = ClienteleClient(.clientele(url), token: environment["CLIENTELE_TOKEN"] ?? "")
        for try await customer in client.customers.list(sorting: [.email], limit: 100) {
            print(customer.email ?? customer.name ?? "\(customer.id)")
        }
    }
}
