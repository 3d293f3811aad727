import ClienteleClient
import ClienteleTestSupport
import Foundation
import Testing

/// What the standard transport makes of what comes from the network.
@Suite(.timeLimit(.minutes(1)))
struct TransportTests {
    @Test(arguments: [
        "HTTP/1.1 000 X\r\ncontent-length: 0\r\n\r\n", "HTTP/1.1 099 X\r\ncontent-length: 2\r\n\r\nab",
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab", "\0\0\0\0",
    ])
    func outlivesWhatIsNoAnswer(_ answer: String) async throws {
        let receiver = try await Receiver { _ in .bytesAndClose(answer) }
        let client = ClienteleClient(
            .clientele(try #require(URL(string: "http://127.0.0.1:\(receiver.port)"))),
            token: "t",
            configuration: .quick
        )
        let error = await failure { () async throws(ClienteleError) in
            _ = try await client.customers.create(CustomerCreate(email: "ada@example.com"))
        }
        guard case .transport? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        await receiver.close()
    }
}
