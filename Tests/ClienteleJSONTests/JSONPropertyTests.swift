import ClienteleJSON
import Testing

@Suite("What holds for every text")
struct JSONPropertyTests {
    @Test(arguments: 0..<8 as Range<UInt64>)
    func whatIsWrittenIsReadBackEqual(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        for _ in 0..<500 {
            let json = generator.json()
            let bytes = json.bytes
            let read = try JSON(parsing: bytes)
            #expect(read == json)
            #expect(read.bytes == bytes)
            #expect(try JSON(parsing: json.text) == json)
        }
    }

    @Test(arguments: 0..<4 as Range<UInt64>)
    func randomBytesGiveAValueOrAnError(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        for _ in 0..<2_000 {
            let count = generator.below(64)
            try holds(for: generator.bytes(count))
        }
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func mutationsOfATextGiveAValueOrAnError(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        for _ in 0..<500 {
            let text = generator.json().bytes
            for _ in 0..<4 { try holds(for: generator.mutation(of: text)) }
        }
    }

    @Test func everyTruncationOfAnObjectIsRefused() throws {
        var generator = SplitMix64(seed: 1)
        for _ in 0..<40 {
            let text = JSON.object([JSON.Member(generator.string(), generator.json(depth: 3))]).bytes
            for count in 0..<text.count {
                let error = syntaxError(in: Array(text[..<count]))
                #expect(error != nil)
                try holds(for: Array(text[..<count]))
            }
        }
    }

    /// Whatever the bytes, they are refused at a place within them, or stand for a value that can be written and read again.
    private func holds(for text: [UInt8]) throws {
        let isUTF8 = String(validating: text, as: UTF8.self) != nil
        do {
            let json = try JSON(parsing: text)
            #expect(isUTF8)
            #expect(try JSON(parsing: json.bytes) == json)
        } catch {
            #expect(0...text.count ~= error.offset)
            #expect((error.reason == .invalidUTF8) == !isUTF8)
        }
    }
}
