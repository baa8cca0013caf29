import PrecacheClient
import Testing

@Suite struct EventStreamParserTests {
    private static let stream =
        "id: 7\nevent: outcome\ndata: {\"host\":\"a\"}\n\n: beat\n\nid: 8\ndata: x\ndata: y\n\n"

    @Test(arguments: [1, 2, 3, 7, 1000]) func findsTheSameEventsHoweverTheBytesAreCut(size: Int) {
        var parser = EventStreamParser()
        var events: [ServerSentEvent] = []
        let bytes = Array(Self.stream.utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
            events += parser.consume(Array(bytes[start..<min(start + size, bytes.count)]))
        }
        #expect(
            events == [
                ServerSentEvent(type: "outcome", data: "{\"host\":\"a\"}", id: "7"),
                ServerSentEvent(type: "message", data: "x\ny", id: "8"),
            ]
        )
        #expect(parser.lastID == "8")
    }

    @Test func takesAllThreeLineEnds() {
        var parser = EventStreamParser()
        let events = parser.consume(Array("data: a\r\n\r\ndata: b\r\rdata: c\n\n".utf8))
        #expect(events.map(\.data) == ["a", "b", "c"])
    }

    @Test func dropsAnEventThatWasCutOff() {
        var parser = EventStreamParser(lastID: "3")
        #expect(parser.consume(Array("id: 4\ndata: half".utf8)).isEmpty)
        #expect(parser.lastID == "3", "it is to come again")
        #expect(parser.consume(Array("\n\nid: 5\n\n".utf8)).map(\.data) == ["half"])
        #expect(parser.lastID == "5", "a block without data says how far all is known")
    }

    @Test func dropsAnEventWithAnOverlongLineAndGoesOn() {
        var parser = EventStreamParser()
        let long = [UInt8](repeating: UInt8(ascii: "x"), count: EventStreamParser.longestLine + 1)
        var events = parser.consume(Array("data: ".utf8) + long + Array("\n\n".utf8))
        events += parser.consume(Array("data: next\n\n".utf8))
        #expect(events.map(\.data) == ["next"])
    }

    @Test func readsTheTimeToWait() {
        var parser = EventStreamParser()
        _ = parser.consume(Array("retry: 1500\n\n".utf8))
        #expect(parser.retry == .milliseconds(1500))
    }
}
