import Crypto

/// The HMAC-SHA256 of what is signed, with each secret as it is shown for a key: no part of it is decoded.
func webhookCodes(of signed: String, by secrets: [String]) -> [[UInt8]] {
    let bytes = Array(signed.utf8)
    return secrets.map { secret in
        Array(HMAC<SHA256>.authenticationCode(for: bytes, using: SymmetricKey(data: Array(secret.utf8))))
    }
}
