import Testing

@testable import PrecacheCommands

@Suite struct LiveScreenTests {
    @Test func drawsOverTheLastPicture() {
        var screen = LiveScreen()
        #expect(screen.draw(above: [], picture: ["one", "two"], width: 80) == "one\ntwo\n")
        #expect(
            screen.draw(above: ["failed"], picture: ["three"], width: 80)
                == "\u{1B}[2A\r\u{1B}[Jfailed\nthree\n"
        )
        #expect(screen.draw(above: [], picture: [], width: 80) == "\u{1B}[1A\r\u{1B}[J")
        #expect(screen.draw(above: [], picture: [], width: 80) == "")
    }

    @Test func takesBackTheRowsThatANarrowerTerminalMadeOfALine() {
        var screen = LiveScreen()
        _ = screen.draw(
            above: [],
            picture: [String(repeating: "x", count: 70), "\u{1B}[31mab\u{1B}[0m"],
            width: 80
        )
        #expect(screen.draw(above: [], picture: [], width: 30) == "\u{1B}[4A\r\u{1B}[J")
    }
}
