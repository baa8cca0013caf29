import PrecacheCommands
import Testing

@Suite struct TerminalTextTests {
    @Test(
        arguments: [
            ("plain ümlaut 日本", "plain ümlaut 日本"), ("\u{1B}[31mred", "\\u{1B}[31mred"),
            ("a\nb\tc\rd", "a\\nb\\tc\\rd"), ("\u{202E}live", "\\u{202E}live"), ("\u{9B}x", "\\u{9B}x"),
            ("zero\u{200B}width", "zero\\u{200B}width"), ("\u{7F}", "\\u{7F}"),
        ]
    ) func writesOutWhatATerminalWouldObey(text: String, shown: String) {
        #expect(TerminalText.escaped(text) == shown)
    }

    @Test(arguments: [("abc", 3), ("日本", 4), ("é", 1), ("e\u{301}", 1), ("🚀", 2), ("", 0)])
    func countsColumns(text: String, columns: Int) {
        #expect(TerminalText.width(text) == columns)
    }

    @Test(
        arguments: [
            ("abcdef", 6, "abcdef"), ("abcdef", 5, "abcd…"), ("日本語", 5, "日本…"), ("日本語", 4, "日…"),
            ("ab", 1, "…"), ("ab", 0, ""), ("ae\u{301}bc", 3, "ae\u{301}…"),
        ]
    ) func cutsToColumns(text: String, limit: Int, shown: String) {
        #expect(TerminalText.truncated(text, to: limit) == shown)
    }
}
