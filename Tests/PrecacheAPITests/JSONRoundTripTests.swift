import PrecacheAPI
import TestSupport
import Testing

/// What our writer writes our parser reads again: any value, any text.
@Suite struct JSONRoundTripTests {
    private func write(_ value: JSONValue, _ json: inout JSONWriter) {
        switch value {
        case .null: json.null()
        case .boolean(let value): json.boolean(value)
        case .integer(let value): json.integer(value)
        case .number: json.null()
        case .string(let text): json.string(text)
        case .array(let items): json.array { json in for item in items { write(item, &json) } }
        case .object(let members):
            json.object { json in
                for member in members {
                    json.key(text: member.name)
                    write(member.value, &json)
                }
            }
        }
    }

    private func text(_ random: inout SplitMix) -> String {
        let pieces: [Unicode.Scalar] = [
            "a", "\"", "\\", "/", "\n", "\r", "\t", "\u{0}", "\u{1F}", "\u{7F}", "\u{80}", "ä", "\u{2028}",
            "\u{FEFF}",
            "\u{FFFF}", "\u{1F600}", "\u{10FFFF}",
        ]
        var text = ""
        for _ in 0..<Int.random(in: 0...12, using: &random) {
            text.unicodeScalars.append(pieces[Int.random(in: 0..<pieces.count, using: &random)])
        }
        return text
    }

    private func value(_ random: inout SplitMix, depth: Int) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 6 : 4), using: &random) {
        case 0: return .null
        case 1: return .boolean(Bool.random(using: &random))
        case 2: return .integer(Int64(bitPattern: random.next() >> UInt64.random(in: 0...63, using: &random)))
        case 3: return .string(text(&random))
        case 4:
            let count = Int.random(in: 0...4, using: &random)
            return .array((0..<count).map { _ in value(&random, depth: depth - 1) })
        default:
            let count = Int.random(in: 0...4, using: &random)
            return .object(
                (0..<count).map { number in
                    JSONValue.Member(
                        name: "\(number)\(text(&random))",
                        value: value(&random, depth: depth - 1)
                    )
                }
            )
        }
    }

    @Test(arguments: 0..<20 as Range<UInt64>) func anyValue(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        for _ in 0..<100 {
            let value = value(&random, depth: 4)
            var json = JSONWriter(capacity: 0)
            write(value, &json)
            #expect(try JSONParser.parse(json.bytes) == value, "seed \(seed)")
        }
    }

    @Test(arguments: [Int64.min, .min + 1, -1, 0, 1, 9, 10, .max - 1, .max]) func wholeNumbersAtTheirEnds(
        number: Int64
    )
        throws
    {
        var json = JSONWriter()
        json.integer(number)
        #expect(String(decoding: json.bytes, as: UTF8.self) == String(number))
        #expect(try JSONParser.parse(json.bytes) == .integer(number))
    }

    @Test func aHundredProblemsAreKeptAndAllAreCounted() {
        var problems = InputProblems()
        for number in 0..<150 { problems.add("f\(number)", "is wrong") }
        #expect(problems.count == 150 && problems.list.count == 100 && !problems.isEmpty)
        #expect(problems.list.last?.field == "f99")
    }
}
