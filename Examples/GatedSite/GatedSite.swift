import ClienteleClient
import Foundation
import Hummingbird
import Logging

/// A site with a page for customers who have the benefit of the key `export`.
///
/// Run it beside `clientele serve`, with a token in `CLIENTELE_TOKEN`; then open
/// <http://127.0.0.1:8081/export?user=user_1>, where `user_1` is a customer's external id. A real site takes that from its session.
@main
struct GatedSite {
    static func main() async throws {
        let environment = ProcessInfo.processInfo.environment
        guard let token = environment["CLIENTELE_TOKEN"],
            let url = URL(string: environment["CLIENTELE_SERVER"] ?? "http://127.0.0.1:8080")
        else { throw HTTPError(.internalServerError, message: "Set CLIENTELE_TOKEN.") }
        let states = StateCache(ClienteleClient(.clientele(url), token: token), freshFor: .seconds(2))

        let router = Router()
        router.get("/") { _, _ in "Everybody sees this page." }
        router.get("/export") { request, context -> Response in
            guard let user = request.uri.queryParameters.get("user") else {
                return page(.unauthorized, "Sign in first.")
            }
            do {
                let state = try await states.state(.externalID(user))
                if state.isLastKnown { context.logger.warning("The customer's state is \(state.age) old.") }
                guard state.has(benefit: "export") else {
                    return page(.forbidden, "\(state.name ?? "You") cannot export yet: get Pro.")
                }
                return page(.ok, "Here is your export, \(state.name ?? "friend").")
            } catch ClienteleError.notFound {
                return page(.unauthorized, "Nobody knows you.")
            }
        }

        let port = Int(environment["PORT"] ?? "") ?? 8081
        let site = Application(router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)))
        try await site.runService()
    }

    private static func page(_ status: HTTPResponse.Status, _ text: String) -> Response {
        Response(
            status: status,
            headers: [.contentType: "text/html; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: "<!doctype html><title>Export</title><p>\(text.escaped)"))
        )
    }
}

extension String {
    /// The text without what HTML would take for a tag.
    fileprivate var escaped: String { replacing("&", with: "&amp;").replacing("<", with: "&lt;") }
}
