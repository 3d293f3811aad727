import Hummingbird
import NIOCore

/// The body of a request as it comes.
enum RequestBody {
    /// The largest that is read, in bytes.
    static let bytesMax = 10_485_760

    /// Why a body is not there.
    enum Failure: Error {
        case tooLarge
        /// It broke off, or is not framed as HTTP has it.
        case unreadable
    }

    static func collect(_ request: Request) async throws -> ByteBuffer {
        if let length = request.headers.first(.contentLength).flatMap({ Int($0) }), length > bytesMax {
            throw Failure.tooLarge
        }
        do {
            return try await request.body.collect(upTo: bytesMax)
        } catch is NIOTooManyBytesError {
            throw Failure.tooLarge
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw Failure.unreadable
        }
    }
}

extension Answer {
    /// The answer, after which the connection is closed, since what is left of the body is not worth reading.
    var closing: Answer {
        var answer = self
        answer.headers[.connection] = "close"
        return answer
    }
}
