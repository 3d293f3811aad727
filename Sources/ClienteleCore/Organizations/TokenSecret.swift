import Crypto

/// The text of a token, which its holder sends and nobody keeps.
///
/// A prefix that tells its kind, 37 random letters and digits, and a checksum of six, so that a scanner of leaked secrets
/// can tell a real one from a lookalike.
public struct TokenSecret: Sendable {
    public let text: String

    init(kind: AccessToken.Kind, surroundings: Surroundings) {
        let prefix =
            switch kind {
            case .organization: "clientele_oat_"
            case .user: "clientele_pat_"
            }
        let body = prefix + String(decoding: surroundings.newLetters(37, from: Self.alphabet), as: UTF8.self)
        self.text = body + Self.checksum(of: body)
    }

    /// What the store keeps of a secret.
    public static func hash(of text: some StringProtocol) -> [UInt8] { Array(SHA256.hash(data: Array(text.utf8))) }

    /// The CRC-32 of `body` in base 62, six characters.
    static func checksum(of body: String) -> String {
        var rest = crc32(body.utf8)
        var digits: [UInt8] = []
        for _ in 0..<6 {
            digits.append(alphabet[Int(rest % 62)])
            rest /= 62
        }
        return String(decoding: digits.reversed(), as: UTF8.self)
    }

    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    private static func crc32(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var checksum = ~UInt32(0)
        for byte in bytes {
            checksum ^= UInt32(byte)
            for _ in 0..<8 { checksum = checksum & 1 == 1 ? checksum >> 1 ^ 0xEDB8_8320 : checksum >> 1 }
        }
        return ~checksum
    }
}
