import PrecacheAPI
import Testing

@Suite struct JSONParserTests {
    private func parse(_ text: String) throws(JSONSyntaxError) -> JSONValue {
        try JSONParser.parse(Array(text.utf8))
    }

    @Test(arguments: [
        ("null", JSONValue.null), (" true\n", .boolean(true)), ("0", .integer(0)), ("-12", .integer(-12)),
        ("1.0", .integer(1)), ("1e3", .integer(1000)), ("0.5", .number(0.5)), ("1e30", .number(1e30)),
        ("9223372036854775807", .integer(.max)), ("9223372036854775808", .number(9_223_372_036_854_775_808)),
        (#""a\u00e9\n\ud83d\ude00""#, .string("aé\n😀")), (#""\u0000""#, .string("\u{0}")), ("[]", .array([])),
        ("{\"a\":[1,{}]}", .object([.init(name: "a", value: .array([.integer(1), .object([])]))])),
    ])
    func documentsAreRead(text: String, value: JSONValue) throws {
        #expect(try parse(text) == value)
    }

    @Test(arguments: [
        "", " ", "{", "[", "[1,]", "{\"a\":}", "{\"a\" 1}", "{a:1}", "{\"a\":1,}", "01", "+1", "1.", ".5",
        "1e", "-",
        "tru", "nul", "\"", "\"\\x\"", "\"\\u12\"", "\"\\ud83d\"", "\"\\ude00\"", "\"\\ud83d\\u0041\"",
        "\"a\nb\"", "1 2",
        "{} x", "{\"a\":1,\"a\":2}", "'a'", "NaN", "Infinity", "1e400", "//x", "\u{FEFF}{}",
    ])
    func whatIsNotJSONIsRefused(text: String) {
        #expect(throws: JSONSyntaxError.self) { try parse(text) }
    }

    @Test func nothingIsMadeOfMembersThatNobodyWants() throws {
        let text = #"{"type":"x","new":{"type":"y","deep":["\u00e9\n",1]},"n\u0065w":2,"end":[true]}"#
        let value = try JSONParser.parse(Array(text.utf8), keeping: ["type", "end"])
        #expect(value.members.map(\.name) == ["type", "new", "end"], "a name with escapes has to be read")
        #expect(value["type"] == .string("x") && value["new"] == .integer(2))
        #expect(value["end"] == .array([.boolean(true)]))
    }

    @Test(arguments: [
        #"{"a":1,"a":2}"#, #"{"new":"\x","a":1}"#, #"{"new":{"b"},"a":1}"#, #"{"new":[1,],"a":1}"#,
        #"{"new":"\ud83d","a":1}"#, "{\"new\":\"a\nb\"}", #"{"new":"#, #"{"new":"x"#,
        "{\"new\":" + String(repeating: "[", count: 40) + String(repeating: "]", count: 40) + "}",
    ])
    func membersThatNobodyWantsAreStillJSON(text: String) {
        #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(Array(text.utf8), keeping: ["a"]) }
    }

    @Test func bytesThatAreNotUTF8AreRefused() {
        for bytes in [[0xFF, 0xFE], [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22]] as [[UInt8]] {
            #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(bytes) }
            let member = Array("{\"new\":".utf8) + bytes + Array("}".utf8)
            #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(member, keeping: ["a"]) }
        }
    }

    @Test func depthIsBounded() throws {
        let deep = { (levels: Int) in
            String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
        }
        _ = try parse(deep(JSONParser.maximumDepth))
        #expect(throws: JSONSyntaxError.self) { try parse(deep(JSONParser.maximumDepth + 1)) }
        #expect(throws: JSONSyntaxError.self) { try parse(deep(1_000_000)) }
    }

    @Test func theErrorSaysWhere() {
        #expect(throws: JSONSyntaxError("expected ',' or ']'", offset: 3)) { try parse("[1 2]") }
    }

    @Test func writtenTextsComeBack() throws {
        for text in [
            "", "plain", "\"\\/", "\u{0}\u{1f}\u{7f}\t\r\n", "é☂😀", String(repeating: "x", count: 10_000),
        ] {
            var json = JSONWriter()
            json.string(text)
            #expect(try JSONParser.parse(json.bytes) == .string(text))
        }
        for number in [Int64.min, -1, 0, 7, .max] {
            var json = JSONWriter()
            json.integer(number)
            #expect(try JSONParser.parse(json.bytes) == .integer(number))
        }
    }
}
