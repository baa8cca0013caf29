import PrecacheAPI
import Testing

struct LineSplitterTests {
    private func lines(_ pieces: [String], limit: Int = 10) throws -> [String] {
        var splitter = LineSplitter(limit: limit)
        return try pieces.flatMap { try splitter.take(Array($0.utf8)) }.map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    @Test func joinsWhatArrivesInPieces() throws {
        #expect(try lines(["a", "b\nc", "", "d\n\n\ne\nrest"]) == ["ab", "cd", "e"])
    }

    @Test func boundsALineWhetherItEndsOrNot() throws {
        #expect(try lines(["123456789\n"]) == ["123456789"])
        #expect(throws: LineSplitter.TooLong.self) { try lines(["1234567890\n"]) }
        #expect(throws: LineSplitter.TooLong.self) { try lines(["12345", "67890"]) }
    }
}
