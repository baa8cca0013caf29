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
        else { throw .malformed("The status line is not that of HTTP/1") }
        status = code
    }

    private mutating func add(_ line: UnsafeRawBufferPointer) throws(Violation) {
        guard let colon = line.firstIndex(of: 58),
            let name = HTTPField.Name(String(decoding: line[..<colon], as: UTF8.self))
        else { throw .malformed("A header line has no valid name") }
        var start = colon + 1
        var end = line.count
        while start < end, line[start] == 32 || line[start] == 9 { start += 1 }
        while end > start, line[end - 1] == 32 || line[end - 1] == 9 { end -= 1 }
        let value = String(decoding: line[start..<end], as: UTF8.self)
        // libcurl believes the last of several lengths; a response with two different ones has no length at all.
        if name == .contentLength, let known = fields[.contentLength], known != value {
            throw .malformed("The response has two different Content-Length headers")
        }
        fields.append(HTTPField(name: name, value: value))
    }
}
