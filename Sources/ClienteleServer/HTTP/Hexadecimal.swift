extension UInt8 {
    /// The value of two hexadecimal digits.
    init?(hexadecimal digits: some Collection<UInt8>) {
        guard digits.count == 2 else { return nil }
        self = 0
        for digit in digits {
            guard let value = Character(Unicode.Scalar(digit)).hexDigitValue else { return nil }
            self = self << 4 | UInt8(value)
        }
    }
}

extension [UInt8] {
    /// Two digits of lower case for each byte.
    var hexadecimal: String { map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() }

    /// Reads what `hexadecimal` writes, and nothing else.
    init?(hexadecimal text: String) {
        self = []
        var rest = text.utf8[...]
        while !rest.isEmpty {
            guard let byte = UInt8(hexadecimal: rest.prefix(2)) else { return nil }
            append(byte)
            rest = rest.dropFirst(2)
        }
        guard hexadecimal == text else { return nil }
    }
}
