import HTTPFetching
import HTTPTypes

/// Which part of an image a source's answer brings, as far as its head says so in itself.
///
/// Asked for the rest of an image, a source may answer with the whole, with a part that begins earlier, or with one that
/// ends earlier (RFC 9110 section 15.3.7); asked for the whole, it may answer with a part or with somebody's copy (203).
struct AnswerPart: Hashable {
    /// The offset of its first byte.
    var start: Int64
    /// The whole's size, if the answer says so.
    var total: Int64?
    /// Whether it goes on to the whole's end, as far as the answer tells.
    var isToItsEnd: Bool

    /// What an answer is.
    enum Reading: Hashable {
        case part(AnswerPart)
        /// There is nothing from there on (416), and this is the size of the whole, if it says so.
        case end(total: Int64?)
        /// A part that can't follow the bytes that are there, in words.
        case useless(String)
        /// Another status.
        case status
    }

    /// Reads a head.
    ///
    /// - Parameters:
    ///   - response: The answer.
    ///   - asked: The offset from which on the image was asked for; 0 for the whole.
    ///   - count: How many bytes are there.
    /// - Returns: What it is good for.
    static func read(_ response: FetchResponse, asked: Int64, has count: Int64) -> Reading {
        read(status: response.status.code, response.headers, asked: asked, has: count)
    }

    static func read(status: Int, _ headers: HTTPFields, asked: Int64, has count: Int64) -> Reading {
        let length = headers[.contentLength].flatMap { Int64($0) }
        switch status {
        case 200, 203: return .part(AnswerPart(start: 0, total: length, isToItsEnd: true))
        case 206: return partial(headers, length, asked: asked, has: count)
        case 416 where asked > 0: return .end(total: ContentRange(headers[.contentRange])?.total)
        default: return .status
        }
    }

    private static func partial(
        _ headers: HTTPFields,
        _ length: Int64?,
        asked: Int64,
        has count: Int64
    ) -> Reading {
        let said = headers[.contentRange]
        let isMultipart = headers[.contentType]?.lowercased().hasPrefix("multipart/byteranges") == true
        // Nobody asked for a part, and nothing says that it is one.
        if asked == 0, said == nil, !isMultipart {
            return .part(AnswerPart(start: 0, total: length, isToItsEnd: true))
        }
        let words = "the source answered 206 with Content-Range \(said.map(SourceText.shown) ?? "missing")"
        guard let range = ContentRange(said), let start = range.start, let end = range.end else {
            return .useless(
                isMultipart ? "the source answered 206 in several parts, one was asked for" : words
            )
        }
        // A head that contradicts itself may be wrong in anything.
        if let length, length != end - start + 1 {
            return .useless("\(words) and Content-Length '\(length)'")
        }
        guard start <= count, end >= count else { return .useless("\(words), byte \(count) is needed") }
        return .part(
            AnswerPart(
                start: start,
                total: range.total,
                isToItsEnd: range.total.map { end + 1 == $0 } ?? false
            )
        )
    }
}
