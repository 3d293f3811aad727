/// A place in a body: the name of a member or an index.
struct WireKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(stringValue: String) {
        self.stringValue = stringValue
        self.intValue = nil
    }

    init(intValue: Int) {
        self.stringValue = "\(intValue)"
        self.intValue = intValue
    }
}

extension CodingKey {
    /// The member's name on the wire: `externalID` is `external_id`.
    var wireName: String {
        let letters = Array(stringValue.utf8)
        var name: [UInt8] = []
        name.reserveCapacity(letters.count + 4)
        for (index, letter) in letters.enumerated() {
            guard UInt8(ascii: "A")...UInt8(ascii: "Z") ~= letter else {
                name.append(letter)
                continue
            }
            // A run of capitals is one word.
            let endsRun = index > 0 && !(UInt8(ascii: "A")...UInt8(ascii: "Z") ~= letters[index - 1])
            if endsRun { name.append(UInt8(ascii: "_")) }
            name.append(letter | 0x20)
        }
        return String(decoding: name, as: UTF8.self)
    }
}
