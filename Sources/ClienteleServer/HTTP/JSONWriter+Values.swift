import ClienteleCore
import ClienteleJSON

/// Values of the core as members, written without a text of their own: an answer has dozens of them.
extension JSONWriter {
    mutating func member<Entity>(_ name: StaticString, _ id: Identifier<Entity>) {
        member(name, unescaped: Identifier<Entity>.textLength, id.write(to:))
    }

    mutating func member(_ name: StaticString, _ moment: Timestamp?) {
        guard let moment else {
            self.name(name)
            return null()
        }
        member(name, unescaped: Timestamp.textLength, moment.write(to:))
    }
}
