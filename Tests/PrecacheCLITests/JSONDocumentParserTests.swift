import Testing

@testable import PrecacheCommands

@Suite struct JSONDocumentParserTests {
    @Test(
        arguments: [
            #"{"a":[1,-2.5e3,true,false,null,"x\"\\\/\n\u00e9\ud83d\ude80"],"b":{}}"#, "[]", #""""#, "0",
        ]
    ) func readsWhatItWrites(text: String) throws {
        let node = try DocumentReader.read(text, as: .json)
        let again = try DocumentReader.read(
            String(decoding: JSONPrinter.compact(node), as: UTF8.self),
            as: .json
        )
        #expect(JSONPrinter.compact(again) == JSONPrinter.compact(node))
    }

    @Test func printsInTheDocumentsOrder() throws {
        let node = try DocumentReader.read(#"{"b":[1,{}],"a":"\u001b\u202e🚀","e":[]}"#, as: .json)
        #expect(
            JSONPrinter.pretty(node) == """
                {
                  "b": [
                    1,
                    {}
                  ],
                  "a": "\\u001b\\u202e🚀",
                  "e": []
                }
                """
        )
    }

    @Test(
        arguments: [
            ("", 1, 1, "the document ends where a value belongs"),
            ("{\n \"a\" 1}", 2, 6, "a colon belongs after a key"),
            ("[1 2]", 1, 4, "a comma or ']' belongs here"),
            ("{a:1}", 1, 2, "a key in double quotes belongs here"),
            ("[01]", 1, 2, "a value belongs here"), ("[nul]", 1, 2, "a value belongs here"),
            (#"["\x"]"#, 1, 4, #"'\x' is no escape"#), (#"["\ud800"]"#, 1, 9, "half of a surrogate pair"),
            ("\"a\nb\"", 1, 3, "a control character in a text"),
            ("1 1", 1, 3, "something follows the document's end"),
        ]
    ) func saysWhereItStops(text: String, line: Int, column: Int, words: String) {
        #expect(throws: DocumentProblem(.init(line: line, column: column), "not JSON: \(words)")) {
            try DocumentReader.read(text, as: .json)
        }
    }

    @Test func stopsAtHostileNesting() {
        let text = String(repeating: "[", count: 100_000)
        #expect(throws: DocumentProblem.self) { try DocumentReader.read(text, as: .json) }
    }
}
