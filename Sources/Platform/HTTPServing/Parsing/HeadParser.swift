import HTTPTypes
import TextForms

/// Checks and takes apart a complete head.
///
/// Strict: whatever two programs could read differently is refused.
struct HeadParser {
    private let bytes: UnsafeRawBufferPointer
    private let limits: ServerLimits
    private var isOldVersion = false
    private var contentLength: Int?
    private var isChunked = false
    private var hostCount = 0
    private var closes = false
    private var keepsAlive = false
    private var expectsContinue = false

    /// Takes the head's bytes up to and including the empty line, every line ending with CR LF.
    init(_ bytes: UnsafeRawBufferPointer, limits: ServerLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    /// Parses the head.
    ///
    /// - Throws: The answer that the request gets: 400, 414, 417, 431, 501 or 505.
    mutating func parse() throws(HTTPFailure) -> RequestHead {
        let lineEnd = endOfLine(from: 0)
        let (method, target) = try parseRequestLine(end: lineEnd)
        let fieldsStart = lineEnd + 2
        let fieldsEnd = bytes.count - 2
        var start = fieldsStart
        var count = 0
        while start < fieldsEnd {
            count += 1
            if count > limits.headerCount { throw HeadScanner.tooLarge(limits) }
            let end = endOfLine(from: start)
            try parseField(start, end)
            start = end + 2
        }
        let lines = [UInt8](
            UnsafeRawBufferPointer(rebasing: bytes[fieldsStart..<max(fieldsStart, fieldsEnd)])
        )
        var head = RequestHead(method: method, target: target, fields: RequestFields(lines: lines))
        try settle(&head)
        return head
    }

    /// What the fields mean together (RFC 9112 sections 3.2, 6.1, 6.3, 9.3).
    private func settle(_ head: inout RequestHead) throws(HTTPFailure) {
        head.isOldVersion = isOldVersion
        if hostCount == 0, !isOldVersion { throw .badRequest("The request has no Host field.") }
        if isChunked, contentLength != nil {
            throw .badRequest("The request has both Content-Length and Transfer-Encoding.")
        }
        if isChunked, isOldVersion { throw .badRequest("HTTP/1.0 knows no Transfer-Encoding.") }
        head.framing =
            if isChunked { .chunked } else if let contentLength, contentLength > 0 {
                .length(contentLength)
            } else { .none }
        head.keepsAlive = isOldVersion ? keepsAlive && !closes : !closes
        head.expectsContinue = expectsContinue && !isOldVersion && head.framing != .none
    }

    // MARK: The request line

    private mutating func parseRequestLine(end: Int) throws(HTTPFailure) -> (HTTPRequest.Method, String) {
        var methodEnd = 0
        while methodEnd < end, ASCII.isToken(bytes[methodEnd]) { methodEnd += 1 }
        guard methodEnd > 0, methodEnd <= 32, methodEnd < end, bytes[methodEnd] == ASCII.space else {
            throw .badRequest("The request line does not begin with a method and a space.")
        }
        let targetStart = methodEnd + 1
        var targetEnd = targetStart
        while targetEnd < end, ASCII.isTarget(bytes[targetEnd]) { targetEnd += 1 }
        if targetEnd - targetStart > limits.targetBytes { throw HeadScanner.targetTooLong(limits) }
        guard targetEnd > targetStart, targetEnd < end, bytes[targetEnd] == ASCII.space else {
            throw .badRequest("The request target is empty or holds a character that has no place in it.")
        }
        try parseVersion(targetEnd + 1, end)
        let method = try parseMethod(methodEnd)
        let target = UnsafeRawBufferPointer(rebasing: bytes[targetStart..<targetEnd])
        try checkTarget(target, method)
        return (method, String(decoding: target, as: UTF8.self))
    }

    private func parseMethod(_ end: Int) throws(HTTPFailure) -> HTTPRequest.Method {
        let text = UnsafeRawBufferPointer(rebasing: bytes[..<end])
        switch end {
        case 3 where matches(text, "GET"): return .get
        case 3 where matches(text, "PUT"): return .put
        case 4 where matches(text, "POST"): return .post
        default:
            guard let method = HTTPRequest.Method(rawValue: String(decoding: text, as: UTF8.self)) else {
                throw .badRequest("The method is not a token.")
            }
            return method
        }
    }

    private mutating func parseVersion(_ start: Int, _ end: Int) throws(HTTPFailure) {
        let text = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
        guard text.count == 8, matches(UnsafeRawBufferPointer(rebasing: text[..<5]), "HTTP/"),
            text[5] >= 0x30, text[5] <= 0x39, text[6] == UInt8(ascii: "."), text[7] >= 0x30, text[7] <= 0x39
        else { throw .badRequest("The request line does not end with an HTTP version.") }
        guard text[5] == UInt8(ascii: "1") else {
            throw HTTPFailure(
                status: .httpVersionNotSupported,
                code: "bad_request",
                message: "This server speaks HTTP/1.1."
            )
        }
        isOldVersion = text[7] == UInt8(ascii: "0")
    }

    private func checkTarget(
        _ target: UnsafeRawBufferPointer,
        _ method: HTTPRequest.Method
    ) throws(HTTPFailure) {
        var index = 0
        while index < target.count {
            if target[index] == UInt8(ascii: "%") {
                guard index + 2 < target.count, Hexadecimal.value(of: target[index + 1]) != nil,
                    Hexadecimal.value(of: target[index + 2]) != nil
                else { throw .badRequest("The request target has a '%' without two hexadecimal digits.") }
            }
            index += 1
        }
        if target[0] == UInt8(ascii: "/") { return }
        if target.count == 1, target[0] == UInt8(ascii: "*"), method == .options { return }
        if target.count > 7, matchesIgnoringCase(UnsafeRawBufferPointer(rebasing: target[..<7]), "http://") {
            return
        }
        if target.count > 8, matchesIgnoringCase(UnsafeRawBufferPointer(rebasing: target[..<8]), "https://") {
            return
        }
        throw .badRequest("The request target is neither a path nor a URL.")
    }

    // MARK: Fields

    private mutating func parseField(_ start: Int, _ end: Int) throws(HTTPFailure) {
        if bytes[start] == ASCII.space || bytes[start] == ASCII.tab {
            throw .badRequest("A header field is folded over several lines.")
        }
        var nameEnd = start
        while nameEnd < end, ASCII.isToken(bytes[nameEnd]) { nameEnd += 1 }
        guard nameEnd > start, nameEnd < end, bytes[nameEnd] == UInt8(ascii: ":") else {
            throw .badRequest("A header line has no field name directly before its colon.")
        }
        var low = nameEnd + 1
        var high = end
        for index in low..<high where !ASCII.isFieldValue(bytes[index]) {
            throw .badRequest("A header field holds a control character.")
        }
        while low < high, bytes[low] == ASCII.space || bytes[low] == ASCII.tab { low += 1 }
        while high > low, bytes[high - 1] == ASCII.space || bytes[high - 1] == ASCII.tab { high -= 1 }
        try noteField(
            UnsafeRawBufferPointer(rebasing: bytes[start..<nameEnd]),
            UnsafeRawBufferPointer(rebasing: bytes[low..<high])
        )
    }

    /// Remembers the fields that concern the server itself; told apart by length first.
    private mutating func noteField(
        _ name: UnsafeRawBufferPointer,
        _ value: UnsafeRawBufferPointer
    ) throws(HTTPFailure) {
        switch name.count {
        case 4 where matchesIgnoringCase(name, "host"): try noteHost(value)
        case 6 where matchesIgnoringCase(name, "expect"): try noteExpect(value)
        case 10 where matchesIgnoringCase(name, "connection"): noteConnection(value)
        case 14 where matchesIgnoringCase(name, "content-length"): try noteContentLength(value)
        case 17 where matchesIgnoringCase(name, "transfer-encoding"): try noteTransferEncoding(value)
        default: break
        }
    }

    private mutating func noteHost(_ value: UnsafeRawBufferPointer) throws(HTTPFailure) {
        hostCount += 1
        if hostCount > 1 { throw .badRequest("The request has more than one Host field.") }
        for byte in value
        where !ASCII.isTarget(byte) || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?")
            || byte == UInt8(ascii: "@") || byte == UInt8(ascii: ",")
        {
            throw .badRequest("The Host field is not a host and port.")
        }
    }

    private mutating func noteContentLength(_ value: UnsafeRawBufferPointer) throws(HTTPFailure) {
        if contentLength != nil { throw .badRequest("The request has more than one Content-Length.") }
        guard !value.isEmpty, value.count <= 18 else {
            throw .badRequest("The Content-Length is not a number.")
        }
        var length = 0
        for byte in value {
            guard byte >= 0x30, byte <= 0x39 else { throw .badRequest("The Content-Length is not a number.") }
            length = length * 10 + Int(byte - 0x30)
        }
        contentLength = length
    }

    private mutating func noteTransferEncoding(_ value: UnsafeRawBufferPointer) throws(HTTPFailure) {
        guard !isChunked, matchesIgnoringCase(value, "chunked") else {
            throw .badRequest("The only Transfer-Encoding that is understood is a single 'chunked'.")
        }
        isChunked = true
    }

    private mutating func noteConnection(_ value: UnsafeRawBufferPointer) {
        for option in value.split(separator: UInt8(ascii: ",")) {
            var text = option[...]
            while let first = text.first, first == ASCII.space || first == ASCII.tab { text.removeFirst() }
            while let last = text.last, last == ASCII.space || last == ASCII.tab { text.removeLast() }
            let trimmed = UnsafeRawBufferPointer(rebasing: text)
            if matchesIgnoringCase(trimmed, "close") { closes = true }
            if matchesIgnoringCase(trimmed, "keep-alive") { keepsAlive = true }
        }
    }

    private mutating func noteExpect(_ value: UnsafeRawBufferPointer) throws(HTTPFailure) {
        guard matchesIgnoringCase(value, "100-continue") else {
            throw HTTPFailure(
                status: .expectationFailed,
                code: "expectation_failed",
                message: "The only expectation that can be met is 100-continue."
            )
        }
        expectsContinue = true
    }

    // MARK: Bytes

    /// Where the CR of the line stands that begins at `start`.
    private func endOfLine(from start: Int) -> Int {
        var index = start
        while bytes[index] != ASCII.lineFeed { index += 1 }
        return index - 1
    }

    private func matches(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
        guard bytes.count == text.utf8CodeUnitCount else { return false }
        for index in 0..<bytes.count where bytes[index] != text.utf8Start[index] { return false }
        return true
    }

    private func matchesIgnoringCase(_ bytes: UnsafeRawBufferPointer, _ lowercase: StaticString) -> Bool {
        guard bytes.count == lowercase.utf8CodeUnitCount else { return false }
        for index in 0..<bytes.count where ASCII.lowercase(bytes[index]) != lowercase.utf8Start[index] {
            return false
        }
        return true
    }
}
