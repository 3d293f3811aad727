import ClienteleCore

/// What is wrong with an e-mail address; nil where it is one.
func emailFault(_ text: String) -> String? {
    do throws(EmailAddress.Invalid) {
        _ = try EmailAddress(text)
        return nil
    } catch {
        return error.reason
    }
}

/// What tells one source of an import from another.
func importFingerprint(of bytes: [UInt8], to server: String) -> String {
    hexSHA256(of: String(decoding: bytes, as: UTF8.self) + "\n" + server)
}

/// The 64 digits of a text's SHA-256.
func hexSHA256OfText(_ text: String) -> String { hexSHA256(of: text) }
