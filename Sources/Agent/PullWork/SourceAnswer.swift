import HTTPTypes
import PrecacheModel

/// What a source's status means for the image.
enum StatusVerdict {
    /// Statuses that a source may refuse a request with because of its Range, and answer without one.
    ///
    /// Glance says 400 where its store can't read from the middle.
    static let refusalsOfRanges: Set<Int> = [400, 405, 406, 412, 413, 416, 417, 422, 431, 501]

    /// Judges a response other than 200, 203 and 206.
    ///
    /// - Parameters:
    ///   - status: The status.
    ///   - headers: The response's fields.
    ///   - sentCredentials: Whether the request had headers of its own, such as a token: another attempt brings a new one
    ///     in place of one that has ended.
    ///   - now: The time.
    /// - Returns: What it means for the image.
    static func failure(
        _ status: HTTPResponse.Status,
        _ headers: HTTPFields,
        sentCredentials: Bool = false,
        now: Timestamp
    ) -> PullFailure {
        let said = "the source answered \(status.code)"
        switch status.code {
        case 204: return PullFailure(.imageNotActive, "\(said): the image has no data yet")
        case 401: return PullFailure(.sourceUnauthorized, said, isRetryable: sentCredentials)
        case 403: return PullFailure(.sourceUnauthorized, said)
        case 404, 410: return PullFailure(.imageNotFound, said)
        case 429, 503:
            let wait = RetryAfter.parse(headers[.retryAfter], now: now)
            let asked = wait.map { ", try again after \($0.components.seconds) s" } ?? ""
            return PullFailure(.sourceThrottled, said + asked, retryAfter: wait)
        case 300..<400: return PullFailure(.sourceError, "\(said), which leads nowhere", isRetryable: false)
        case 408, 425, 500...: return PullFailure(.sourceError, said)
        default: return PullFailure(.sourceError, said, isRetryable: false)
        }
    }
}

/// The `Content-Range` header of a 206 or 416 (RFC 9110, section 14.4).
struct ContentRange: Hashable {
    /// The first byte's offset; nil in `bytes */N`.
    var start: Int64?
    /// The last byte's offset; nil in `bytes */N`.
    var end: Int64?
    /// The whole size; nil for `*`.
    var total: Int64?

    /// Reads a value; nil for anything that isn't one.
    ///
    /// Beside `bytes 0-9/10` it knows what libcurl knows: servers that write `bytes: 0-9/10` or leave the unit out.
    init?(_ text: String?) {
        guard var rest = text?[...] else { return nil }
        if rest.lowercased().hasPrefix("bytes") {
            rest = rest.dropFirst(5)
            guard let mark = rest.first, " :=".contains(mark) else { return nil }
            rest = rest.drop { " :=".contains($0) }
        }
        let halves = rest.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2 else { return nil }
        if halves[1] != "*" {
            guard let total = Self.number(halves[1]) else { return nil }
            self.total = total
        }
        guard halves[0] != "*" else { return }
        let ends = halves[0].split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let first = Self.number(ends[0]), let last = Self.number(ends[1]),
            first <= last,
            last < total ?? Int64.max
        else { return nil }
        (start, end) = (first, last)
    }

    private static func number(_ text: Substring) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else {
            return nil
        }
        return Int64(text)
    }
}

/// What a response's `Content-Encoding` says of its bytes (RFC 9110 section 8.4.1).
enum ContentCoding {
    /// The field's value, if it names a coding that changes bytes.
    ///
    /// Stores and servers also write there what the request was signed with (`aws-chunked`), a character set, or nothing.
    static func label(_ headers: HTTPFields) -> String? {
        guard let value = headers[.contentEncoding] else { return nil }
        let names = value.lowercased().split { $0 == "," || $0 == " " || $0 == "\t" }
        return names.contains { known.contains($0) } ? SourceText.shown(value) : nil
    }

    /// IANA's registry of content codings, with those that servers make of file names.
    private static let known: Set<Substring> = [
        "aes128gcm", "br", "brotli", "bzip2", "compress", "dcb", "dcz", "deflate", "exi", "gzip", "lzma",
        "pack200-gzip",
        "x-bzip2", "x-compress", "x-gzip", "x-xz", "xz", "zstd",
    ]
}

/// What a source wrote, for a detail: strangers' text, cut and without what isn't printable ASCII.
enum SourceText {
    static func shown(_ text: String) -> String {
        let shown = text.unicodeScalars.prefix(80).map { (32...126).contains($0.value) ? Character($0) : "?" }
        return "'\(String(shown))'"
    }
}
