/// A row of characters, each worth its position.
struct TaxIDAlphabet: Sendable {
    private let characters: [Character]

    init(_ characters: String) {
        self.characters = Array(characters)
    }

    subscript(_ value: Int) -> Character {
        characters[value]
    }

    /// What the characters of a text are worth, or nil when one is not in the row.
    func values(_ text: some StringProtocol) -> [Int]? {
        var values: [Int] = []
        for character in text {
            guard let value = characters.firstIndex(of: character) else { return nil }
            values.append(value)
        }
        return values
    }

    /// Whether the text is made of this row's characters only.
    func spells(_ text: some StringProtocol) -> Bool {
        values(text) != nil
    }

    static let base36 = TaxIDAlphabet("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    static let letters = TaxIDAlphabet("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
}
