import Crypto

/// The SHA-256 of a text's UTF-8, in 64 hexadecimal digits of lower case.
package func hexSHA256(of text: String) -> String {
    var text = text
    let digest = text.withUTF8 { SHA256.hash(data: UnsafeRawBufferPointer($0)) }
    return String(unsafeUninitializedCapacity: 64) { buffer in
        for (index, byte) in digest.enumerated() {
            buffer[2 * index] = hexDigit(byte >> 4)
            buffer[2 * index + 1] = hexDigit(byte & 15)
        }
        return 64
    }
}

/// The digit of lower case for a value of 0 to 15.
func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10 }
