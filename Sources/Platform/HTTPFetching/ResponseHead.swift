internal import HTTPTypes

/// Collects the lines of a response's head as libcurl hands them over, one complete line per call.
struct ResponseHead {
    private(set) var status = 0
    private(set) var fields = HTTPFields()
    private(set) var isComplete = false
    private var bytes = 0
    private let limit: Int

    /// A head of at most so many bytes, interim ones included.
    init(limit: Int) {
        self.limit = limit
    }

    /// Why a line cannot be part of a head.
    enum Violation: Error {
        case tooLarge
        case malformed(String)
    }

    /// Takes one line with its end.
    ///
    /// After the blank line that ends the final head (not an interim 1xx one, RFC 9110 section 15.2),
    /// `isComplete` is true; later lines are trailers and are dropped.
    mutating func take(_ line: UnsafeRawBufferPointer) throws(Violation) {
        if isComplete { return }
        bytes += line.count
        if bytes > limit { throw .tooLarge }
        var end = line.count
        while end > 0, line[end - 1] == 10 || line[end - 1] == 13 { end -= 1 }
        let text = UnsafeRawBufferPointer(rebasing: line[..<end])
        if text.isEmpty {
            isComplete = status >= 200
        } else if text.starts(with: "HTTP/".utf8) {
            try begin(text)
        } else if text[0] == 32 || text[0] == 9 {
            try fold(text)
        } else {
            try add(text)
        }
    }

    private mutating func begin(_ line: UnsafeRawBufferPointer) throws(Violation) {
        fields = HTTPFields()
        // HTTP/1.1 200 OK
        guard let space = line.firstIndex(of: 32), line.count >= space + 4,
            let code = Int(String(decoding: line[(space + 1)..<(space + 4)], as: UTF8.self)),
            (100...999).contains(code)
        else { throw .malformed("The status line \(Self.shown(line)) is not that of HTTP/1") }
        status = code
    }

    /// Goes on with the field before, after one space (RFC 9112 section 5.2, `obs-fold`).
    ///
    /// libcurl hands each line of such a field over by itself.
    private mutating func fold(_ line: UnsafeRawBufferPointer) throws(Violation) {
        guard let last = fields.indices.last else {
            throw .malformed("The header line \(Self.shown(line)) goes on with none")
        }
        let rest = Self.trimmed(line)
        guard !rest.isEmpty else { return }
        let known = fields[last].value
        fields[last].value = known.isEmpty ? rest : "\(known) \(rest)"
    }

    private mutating func add(_ line: UnsafeRawBufferPointer) throws(Violation) {
        // Space before the colon is nobody's (RFC 9112 section 5.1), and taken away like that around the value.
        guard let colon = line.firstIndex(of: 58),
            let name = HTTPField.Name(Self.trimmed(UnsafeRawBufferPointer(rebasing: line[..<colon])))
        else { throw .malformed("The header line \(Self.shown(line)) has no valid name") }
        let value = Self.trimmed(UnsafeRawBufferPointer(rebasing: line[(colon + 1)...]))
        // libcurl believes the last of several lengths; a response with two different ones has no length at all.
        if name == .contentLength, let known = fields[.contentLength], known != value {
            throw .malformed(
                "The response has two different Content-Length headers, '\(known)' and '\(value)'"
            )
        }
        fields.append(HTTPField(name: name, value: value))
    }

    private static func trimmed(_ bytes: UnsafeRawBufferPointer) -> String {
        var (start, end) = (0, bytes.count)
        while start < end, bytes[start] == 32 || bytes[start] == 9 { start += 1 }
        while end > start, bytes[end - 1] == 32 || bytes[end - 1] == 9 { end -= 1 }
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }

    /// The beginning of a line for a message: strangers' bytes, so nothing but printable ASCII.
    private static func shown(_ line: UnsafeRawBufferPointer) -> String {
        let bytes = line.prefix(60).map { (32...126).contains($0) ? $0 : UInt8(ascii: "?") }
        return "'\(String(decoding: bytes, as: UTF8.self))'"
    }
}
