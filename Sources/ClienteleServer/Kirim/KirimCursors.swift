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
            let position = CustomerWalk.Position(createdAt: customer.createdAt, id: customer.id)
            let payload = Self.bytes(of: position)
            return (payload + signature(of: payload, walk)).hexadecimal
        }

        /// Reads back a cursor of the same walk.
        func read(_ text: String, of walk: CustomerWalk) throws(KirimError) -> CustomerWalk.Position {
            guard let bytes = [UInt8](hexadecimal: text), bytes.count == Self.payloadLength + Self.signatureLength
            else {
                throw .invalidCursor
            }
            let payload = Array(bytes.prefix(Self.payloadLength))
            guard bytes.suffix(Self.signatureLength).isSame(as: signature(of: payload, walk)) else {
                throw .invalidCursor
            }
            let words = (0..<3).map { word in
                payload[8 * word..<8 * word + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            }
            return CustomerWalk.Position(
                createdAt: Timestamp(microseconds: Int64(bitPattern: words[0])),
                id: Customer.ID(high: words[1], low: words[2])
            )
        }

        private func signature(of payload: [UInt8], _ walk: CustomerWalk) -> [UInt8] {
            let filters = "\(walk.organization) \(walk.status?.rawValue ?? "") \(walk.team?.text ?? "")"
            let code = HMAC<SHA256>.authenticationCode(for: payload + Array(filters.utf8), using: key)
            return Array(code.prefix(Self.signatureLength))
        }

        private static func bytes(of position: CustomerWalk.Position) -> [UInt8] {
            [UInt64(bitPattern: position.createdAt.microseconds), position.id.high, position.id.low].flatMap { word in
                (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) }
            }
        }

        private static let payloadLength = 24
        private static let signatureLength = 16
    }
}

extension Collection<UInt8> {
    /// Compares without telling by its time where the difference is.
    fileprivate func isSame(as other: some Collection<UInt8>) -> Bool {
        count == other.count && zip(self, other).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
