import PrecacheCommands
import Testing

@Suite struct TextTableTests {
    private static func table() -> TextTable {
        var table = TextTable([.text("NAME"), .number("SIZE"), .text("URL")])
        table.add(["debian", "1.5 GiB", "https://images.example/debian-12.qcow2"])
        table.add(["日本", "3 B", nil])
        table.add(["evil\u{1B}[2J", "", "x"])
        return table
    }

    @Test func alignsAndEscapes() {
        #expect(
            Self.table().lines(width: nil) == [
                "NAME              SIZE  URL",
                "debian         1.5 GiB  https://images.example/debian-12.qcow2",
                "日本               3 B  -",
                "evil\\u{1B}[2J        -  x",
            ]
        )
    }

    @Test func cutsTheWidestTextColumnAlone() {
        #expect(
            Self.table().lines(width: 40) == [
                "NAME              SIZE  URL",
                "debian         1.5 GiB  https://images.…",
                "日本               3 B  -",
                "evil\\u{1B}[2J        -  x",
            ]
        )
    }

    @Test(arguments: [1, 5, 12, 20, 33]) func neverWraps(width: Int) {
        for line in Self.table().lines(width: width) { #expect(TerminalText.width(line) <= width) }
    }

    private static func prose() -> TextTable {
        var table = TextTable([.text("HOST"), .text("REASON"), .prose("DETAIL")])
        table.add(["compute-1", "agent_unauthorized", "The agent answers 401: mend agents.token."])
        table.add(["compute-2", nil, nil])
        return table
    }

    @Test func wrapsProseBelowItself() {
        #expect(
            Self.prose().lines(width: 60) == [
                "HOST       REASON              DETAIL",
                "compute-1  agent_unauthorized  The agent answers 401: mend",
                "                               agents.token.",
                "compute-2  -                   -",
            ]
        )
    }

    @Test func givesProseLinesOfItsOwnWhereItsColumnWouldBeTooNarrow() {
        #expect(
            Self.prose().lines(width: 40) == [
                "HOST       REASON",
                "    DETAIL",
                "compute-1  agent_unauthorized",
                "    The agent answers 401: mend",
                "    agents.token.",
                "compute-2  -",
            ]
        )
    }

    @Test(arguments: [1, 5, 12, 20, 33]) func proseIsNeverWiderThanTheTerminal(width: Int) {
        for line in Self.prose().lines(width: width) { #expect(TerminalText.width(line) <= width) }
    }

    @Test func statesAndOutcomesHaveColours() {
        var table = TextTable([.text("NAME"), .text("STATE"), .prose("LABELS")])
        table.add(["down", "up", "rack=r1"])
        table.add(["b", "down", "a label that is far too long for this terminal"])
        let lines = table.lines(width: 30, paint: Paint(isOn: true))
        #expect(lines[1] == "down  \u{1B}[32mup\u{1B}[0m     rack=r1")
        #expect(lines[2] == "b     \u{1B}[31mdown\u{1B}[0m   a label that is")
        #expect(table.lines(width: 30)[1] == "down  up     rack=r1")
    }

    @Test func usesTheMarkThatTheTerminalShows() {
        #expect(Self.table().lines(width: 40, mark: "...")[1] == "debian         1.5 GiB  https://image...")
    }
}

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

    @Test(
        arguments: [
            ("a bc def", 4, ["a bc", "def"]), ("abcdefgh", 3, ["abc", "def", "gh"]), ("", 5, [""]),
            ("x abcdef", 4, ["x", "abcd", "ef"]), ("日本語 x", 4, ["日本", "語 x"]),
        ]
    ) func wrapsBetweenWordsOrWhereItMust(text: String, limit: Int, lines: [String]) {
        #expect(TerminalText.wrapped(text, to: limit) == lines)
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

@Suite struct QuantityTests {
    @Test(
        arguments: [
            (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1536, "1.5 KiB"), (1_048_575, "1.0 MiB"),
            (5_081_088, "4.8 MiB"), (Int64.max, "8.0 EiB"), (-5, "0 B"),
        ]
    ) func bytes(value: Int64, text: String) {
        #expect(Quantity.bytes(value) == text)
    }

    @Test(arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-1000, "-1,000")])
    func counts(value: Int, text: String) {
        #expect(Quantity.count(value) == text)
    }

    @Test func nouns() {
        #expect(Quantity.count(1, "host") == "1 host")
        #expect(Quantity.count(1200, "host") == "1,200 hosts")
    }

    @Test(
        arguments: [
            (0, "0s"), (59, "59s"), (60, "1m 00s"), (3599, "59m 59s"), (3600, "1h 00m"), (90_061, "1d 01h"),
            (-3, "0s"),
        ]
    ) func durations(seconds: Int, text: String) {
        #expect(Quantity.duration(.seconds(seconds)) == text)
    }
}
