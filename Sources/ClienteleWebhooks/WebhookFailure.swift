import AsyncHTTPClient
import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Why a webhook has no answer.
///
/// The sentences are for those who own the endpoint: they tell no address of the operator's network, and nothing that a library
/// says, which goes to the log.
enum WebhookFailure: Error, Equatable {
    case cancelled
    case closed
    case certificateInvalid
    case handshakeFailed
    case privateAddress
    case refused
    case timedOut
    case unreachable
    case unresolved
    case urlInvalid

    /// What an error of the network or of a library comes to.
    init(_ error: any Error) {
        if let failure = error as? WebhookFailure {
            self = failure
        } else if error is CancellationError {
            self = .cancelled
        } else if let error = error as? HTTPClientError {
            self.init(error)
        } else if let error = error as? IOError {
            self = Self.failure(number: error.errnoCode)
        } else {
            // The types of the TLS library are not visible here, but they say what they are.
            let text = "\(String(reflecting: type(of: error))) \(error)"
            if text.contains("CERTIFICATE_VERIFY_FAILED") || text.contains("unableToValidateCertificate") {
                self = .certificateInvalid
            } else {
                self = text.hasPrefix("NIOSSL") ? .handshakeFailed : .closed
            }
        }
    }

    private init(_ error: HTTPClientError) {
        switch error {
        case .cancelled, .alreadyShutdown: self = .cancelled
        case .deadlineExceeded, .readTimeout, .writeTimeout, .getConnectionFromPoolTimeout: self = .timedOut
        case .connectTimeout: self = .unreachable
        case .tlsHandshakeTimeout: self = .handshakeFailed
        case .invalidURL, .emptyHost, .emptyScheme: self = .urlInvalid
        default: self = .closed
        }
    }

    private static func failure(number: CInt) -> Self {
        switch number {
        case ECONNREFUSED: .refused
        case ETIMEDOUT, ENETUNREACH, EHOSTUNREACH, EADDRNOTAVAIL: .unreachable
        default: .closed
        }
    }

    var sentence: String {
        switch self {
        case .cancelled: "Sending was interrupted."
        case .closed: "The connection ended before there was a whole answer."
        case .certificateInvalid: "The certificate of the receiver cannot be trusted."
        case .handshakeFailed: "No TLS connection could be made."
        case .privateAddress: "The host is on a private network."
        case .refused: "The receiver refused the connection."
        case .timedOut: "The receiver did not answer in time."
        case .unreachable: "The receiver cannot be reached."
        case .unresolved: "The host name could not be resolved."
        case .urlInvalid: "The URL is not one that webhooks are sent to."
        }
    }
}
