import Testing

@testable import HTTPServing

struct ChunkedDecoderTests {
    /// Decodes what comes in pieces; nil when the body is not complete at the end.
    private func decode(
        _ pieces: [[UInt8]],
        lineLimit: Int = 64
    ) throws(HTTPFailure) -> (body: String, rest: Int)? {
        var decoder = ChunkedDecoder(lineLimit: lineLimit)
        let input = IOBuffer(capacity: 16)
        var body: [UInt8] = []
        for piece in pieces {
            input.append(piece)
            loop: while true {
                switch try decoder.next(from: input) {
                case .data(let count):
                    body += input.bytes.prefix(count)
                    input.consume(count)
                case .needsMore: break loop
                case .end: return (String(decoding: body, as: UTF8.self), input.count)
                }
            }
        }
        return nil
    }

    private func decode(_ text: String) throws(HTTPFailure) -> String? {
        try decode([Array(text.utf8)])?.body
    }

    private let sample =
        "4\r\nWiki\r\n6;a=\"b\"\r\npedia \r\nE\r\nin \r\n\r\nchunks.\r\n0\r\nX-Sum: 1\r\n\r\nGET"

    @Test func aBodyIsPutTogetherExtensionsAndTrailersDroppedAndTheRestLeftAlone() throws {
        let result = try decode([Array(sample.utf8)])
        #expect(result?.body == "Wikipedia in \r\n\r\nchunks.")
        #expect(result?.rest == 3)
    }

    @Test func itDoesNotMatterWhereTheBytesAreCut() throws {
        let bytes = Array(sample.utf8)
        for cut in 0...bytes.count {
            #expect(
                try decode([Array(bytes[..<cut]), Array(bytes[cut...])])?.body
                    == "Wikipedia in \r\n\r\nchunks."
            )
        }
        #expect(try decode(bytes.map { [$0] })?.body == "Wikipedia in \r\n\r\nchunks.")
    }

    @Test(arguments: [
        "\r\n", "g\r\n", "-1\r\n", "+1\r\na\r\n", "0x1\r\na\r\n", " 1\r\na\r\n", "1 \r\na\r\n0\r\n\r\n",
        "1\na\r\n0\r\n\r\n",
        "1\r\nab\r\n", "1\r\na\n0\r\n\r\n", "1\r\na0\r\n\r\n", "1;\u{01}\r\na\r\n", "FFFFFFFFFFFFFFFF\r\n",
        "10000000000000000\r\n", "0\r\nbad trailer\r\n\r\n", "0\r\n: x\r\n\r\n", "0\r\n\n",
        "0\r\nA: \u{00}\r\n\r\n",
        "1\r\r\na", ";\r\n",
    ])
    func everythingThatIsNotStrictlyChunkedIsRefused(text: String) {
        #expect(throws: HTTPFailure.self) { try decode(text) }
    }

    @Test func longLinesAndTrailersAreRefusedAlsoWhenTheyNeverEnd() {
        let long = String(repeating: "x", count: 100)
        #expect(throws: HTTPFailure.self) { try decode("1;\(long)") }
        #expect(throws: HTTPFailure.self) { try decode("0\r\nA: \(long)\r\n\r\n") }
        let trailer = "A: 0123456789\r\n"
        #expect(throws: HTTPFailure.self) {
            try decode("0\r\n" + String(repeating: trailer, count: 9) + "\r\n")
        }
    }
}
