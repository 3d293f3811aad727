import ClienteleCore
import Crypto
import Synchronization

/// The cursors of lists: where a walk stands, signed together with its filters, so that no other walk takes it.
final class KirimCursors: Sendable {
    private let key: @Sendable () async throws(DomainError) -> [UInt8]
    /// It never changes.
    private let known = Mutex<[UInt8]?>(nil)

    init(key: @escaping @Sendable () async throws(DomainError) -> [UInt8]) { self.key = key }

    func signer() async throws(DomainError) -> Signer {
        if let key = known.withLock({ $0 }) { return Signer(key: SymmetricKey(data: key)) }
        let key = try await key()
        known.withLock { $0 = key }
        return Signer(key: SymmetricKey(data: key))
    }

    struct Signer {
        let key: SymmetricKey

        /// The cursor of what comes after `customer`.
        func text(after customer: Customer, of walk: CustomerWalk) -> String {
            let place = [UInt64(bitPattern: customer.createdAt.microseconds), customer.id.high, customer.id.low]
            return text(of: place, filters: walk.filters)
        }

        /// Reads back a cursor of the same walk.
        func read(_ text: String, of walk: CustomerWalk) throws(KirimError) -> CustomerWalk.Position {
            let words = try place(text, filters: walk.filters)
            return CustomerWalk.Position(
                createdAt: Timestamp(microseconds: Int64(bitPattern: words[0])),
                id: Customer.ID(high: words[1], low: words[2])
            )
        }

        /// The cursor of a place, which is three words, in a walk with these filters.
        func text(of place: [UInt64], filters: String) -> String {
            let payload = place.flatMap { word in
                (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) }
            }
            return (payload + signature(of: payload, filters)).hexadecimal
        }

        /// Reads back the place of a cursor with the same filters.
        func place(_ text: String, filters: String) throws(KirimError) -> [UInt64] {
            guard let bytes = [UInt8](hexadecimal: text), bytes.count == Self.payloadLength + Self.signatureLength
            else {
                throw .invalidCursor
            }
            let payload = Array(bytes.prefix(Self.payloadLength))
            guard bytes.suffix(Self.signatureLength).isSame(as: signature(of: payload, filters)) else {
                throw .invalidCursor
            }
            return (0..<3).map { word in
                payload[8 * word..<8 * word + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            }
        }

        private func signature(of payload: [UInt8], _ filters: String) -> [UInt8] {
            let code = HMAC<SHA256>.authenticationCode(for: payload + Array(filters.utf8), using: key)
            return Array(code.prefix(Self.signatureLength))
        }

        private static let payloadLength = 24
        private static let signatureLength = 16
    }
}

extension CustomerWalk {
    fileprivate var filters: String { "\(organization) \(status?.rawValue ?? "") \(team?.text ?? "")" }
}

extension Collection<UInt8> {
    /// Compares without telling by its time where the difference is.
    fileprivate func isSame(as other: some Collection<UInt8>) -> Bool {
        count == other.count && zip(self, other).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
