import Hummingbird
import NIOCore

/// The body of a request as it comes.
enum RequestBody {
    /// The largest that is read, in bytes.
    static let bytesMax = 10_485_760

    static func collect(_ request: Request) async throws -> ByteBuffer {
        try await request.body.collect(upTo: bytesMax)
    }
}
