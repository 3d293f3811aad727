import Crypto

/// The text of a token, which its holder sends and nobody keeps.
///
/// A prefix that tells its kind, 37 random letters and digits, and a checksum of six, so that a scanner of leaked secrets
/// can tell a real one from a lookalike. Keys of Kirim's dialect are 24 random characters after their own prefix.
public struct TokenSecret: Sendable {
    public let text: String

    /// What every secret of Kirim's dialect begins with, and none of another.
    public static let kirimPrefix = "kdv_"

    init(kind: AccessToken.Kind, dialect: Dialect, surroundings: Surroundings) {
        func random(_ count: Int, from alphabet: [UInt8]) -> String {
            String(decoding: surroundings.newLetters(count, from: alphabet), as: UTF8.self)
        }
        switch (dialect, kind) {
        case (.kirim, _):
            self.text = Self.kirimPrefix + "live_" + random(24, from: Self.alphabet + Array("-_".utf8))
        case (.polar, .organization):
            let body = "clientele_oat_" + random(37, from: Self.alphabet)
            self.text = body + Self.checksum(of: body)
        case (.polar, .user):
            let body = "clientele_pat_" + random(37, from: Self.alphabet)
            self.text = body + Self.checksum(of: body)
        }
    }

    /// A secret that webhooks are signed with, of the same build.
    static func newWebhookSecret(_ surroundings: Surroundings) -> String {
        let body = "whsec_" + String(decoding: surroundings.newLetters(37, from: alphabet), as: UTF8.self)
        return body + checksum(of: body)
    }

    /// By what a holder recognises the token.
    var lastFour: String { String(text.suffix(4)) }

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
