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

    @Test func usesTheMarkThatTheTerminalShows() {
        #expect(Self.table().lines(width: 40, mark: "...")[1] == "debian         1.5 GiB  https://image...")
    }
}
