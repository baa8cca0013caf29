import Testing

@testable import Settings

@Suite("TOMLLines")
struct TOMLLinesTests {
    @Test func findsKeysInTablesDottedQuotedIndented() {
        let text = """
            top = 1
            # key = 2
            [ a . b ]   # comment
              key.'x y' = "="
            text = \"\"\"
            inner = 5
            \"\"\"
            after = 6
            one = \"\"\"a\"\"\"
            [[list]]
            "q" = 1
            """
        let lines = TOMLLines.locate(text)
        #expect(lines[["top"]] == 1)
        #expect(lines[["a", "b"]] == 3)
        #expect(lines[["a", "b", "key", "x y"]] == 4)
        #expect(lines[["a", "b", "inner"]] == nil)
        #expect(lines[["a", "b", "after"]] == 8)
        #expect(lines[["list"]] == 10)
        #expect(lines[["list", "q"]] == 11)
    }

    @Test(arguments: ["", "[", "[a", "=", "a b = 1 2", "é = 1", "]=", "\"a"])
    func linesThatAreNoKeysAreLetBe(text: String) {
        #expect(TOMLLines.locate(text).count <= 1)
    }
}
