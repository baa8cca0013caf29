import TextForms

/// Takes a chunked body apart (RFC 9112 section 7.1), strictly: every line ends with CR LF, sizes are plain
/// hexadecimal.
///
/// Extensions are passed over, trailers checked and dropped.
struct ChunkedDecoder {
    enum Step: Equatable {
        /// The next bytes of the input are data; take them and ask again.
        case data(Int)
        /// The input is used up; ask again when there is more.
        case needsMore
        /// The body is complete.
        case end
    }

    private enum State {
        case size
        case data(Int)
        case dataEnd
        case trailer
        case end
    }

    private let lineLimit: Int
    private var state = State.size
    private var trailerBytes = 0

    init(lineLimit: Int) {
        self.lineLimit = lineLimit
    }

    /// Goes on at the front of `input`, from which framing is consumed; data is left to the caller, who takes
    /// exactly the number of bytes told.
    ///
    /// - Throws: 400 for whatever is not strictly chunked.
    mutating func next(from input: IOBuffer) throws(HTTPFailure) -> Step {
        while true {
            switch state {
            case .size:
                guard let line = try line(in: input) else { return .needsMore }
                let size = try parseSize(UnsafeRawBufferPointer(rebasing: input.bytes[..<line]))
                input.consume(line + 2)
                state = size == 0 ? .trailer : .data(size)
            case .data(let left):
                guard !input.isEmpty else { return .needsMore }
                let count = min(left, input.count)
                state = count == left ? .dataEnd : .data(left - count)
                return .data(count)
            case .dataEnd:
                guard input.count >= 2 else {
                    if input.bytes.first.map({ $0 != ASCII.carriageReturn }) ?? false { throw Self.broken }
                    return .needsMore
                }
                guard input.bytes[0] == ASCII.carriageReturn, input.bytes[1] == ASCII.lineFeed else {
                    throw Self.broken
                }
                input.consume(2)
                state = .size
            case .trailer:
                guard let line = try line(in: input) else { return .needsMore }
                try checkTrailer(UnsafeRawBufferPointer(rebasing: input.bytes[..<line]))
                input.consume(line + 2)
                if line == 0 { state = .end }
            case .end:
                return .end
            }
        }
    }

    /// The length of the first line, without its CR LF; nil when its end is not there yet.
    private func line(in input: IOBuffer) throws(HTTPFailure) -> Int? {
        let bytes = input.bytes
        guard let feed = bytes.prefix(lineLimit + 2).firstIndex(of: ASCII.lineFeed) else {
            if bytes.count > lineLimit { throw .badRequest("A line of the chunked body is too long.") }
            return nil
        }
        guard feed > 0, bytes[feed - 1] == ASCII.carriageReturn else { throw Self.broken }
        return feed - 1
    }

    private func parseSize(_ line: UnsafeRawBufferPointer) throws(HTTPFailure) -> Int {
        var size = 0
        var index = 0
        while index < line.count, let digit = Hexadecimal.value(of: line[index]) {
            guard index < 15 else { throw Self.broken }
            size = size << 4 | Int(digit)
            index += 1
        }
        guard index > 0, index == line.count || line[index] == UInt8(ascii: ";"),
            line[index...].allSatisfy(ASCII.isFieldValue)
        else { throw Self.broken }
        return size
    }

    private mutating func checkTrailer(_ line: UnsafeRawBufferPointer) throws(HTTPFailure) {
        guard !line.isEmpty else { return }
        trailerBytes += line.count
        guard trailerBytes <= lineLimit else {
            throw .badRequest("The trailers of the chunked body are too long.")
        }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0,
            line[..<colon].allSatisfy(ASCII.isToken), line[colon...].allSatisfy(ASCII.isFieldValue)
        else { throw .badRequest("A trailer of the chunked body is not a header field.") }
    }

    private static let broken = HTTPFailure.badRequest("The chunked body is broken.")
}
