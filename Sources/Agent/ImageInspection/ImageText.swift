/// The beginning of a file in an image's place, if it is text: in UTF-8, in an older code that is mostly ASCII, or in UTF-16.
struct ImageText {
    private let text: String
    /// Whether it is all of the file.
    private let isWhole: Bool

    /// Nil for what holds a control character, as all disks do.
    init?(_ head: Fields) {
        let text = Self.decode(head)
        // Bytes that aren't UTF-8 may be those of an older text, but not many.
        let odd = text.unicodeScalars.count { $0 == "\u{fffd}" }
        guard odd * 10 < text.unicodeScalars.count + 10,
            !text.unicodeScalars.contains(where: { $0.value < 0x20 && !"\t\n\r".unicodeScalars.contains($0) })
        else { return nil }
        self.text = text
        isWhole = head.count < Lookalike.headBytes
    }

    /// Its first kilobyte or so, in small letters.
    private static func decode(_ head: Fields) -> String {
        let start = head.bytes.prefix(2048)
        if head.hold([0xff, 0xfe]) { return wide(start.dropFirst(2), highest: 1) }
        if head.hold([0xfe, 0xff]) { return wide(start.dropFirst(2), highest: 0) }
        // Without a byte order mark: an ASCII character's other byte is 0.
        if head.count > 3, start[0] != 0, start[1] == 0, start[2] != 0, start[3] == 0 {
            return wide(start, highest: 1)
        }
        if head.count > 3, start[0] == 0, start[1] != 0, start[2] == 0, start[3] != 0 {
            return wide(start, highest: 0)
        }
        let bytes = head.hold([0xef, 0xbb, 0xbf]) ? start.dropFirst(3) : start
        return String(decoding: bytes.prefix(1024), as: UTF8.self).lowercased()
    }

    /// UTF-16 with the more significant byte at this place of each pair.
    private static func wide(_ bytes: ArraySlice<UInt8>, highest: Int) -> String {
        let units = stride(from: bytes.startIndex, to: bytes.endIndex - 1, by: 2).map { index in
            UInt16(bytes[index + highest]) << 8 | UInt16(bytes[index + 1 - highest])
        }
        return String(decoding: units, as: UTF16.self).lowercased()
    }

    /// What kind of text it is; nil for one that may be anything.
    var name: String? {
        let start = String(text.drop(while: \.isWhitespace))
        if start.contains("application/vnd.oci") || start.contains("application/vnd.docker") {
            return "an OCI manifest"
        }
        if start.hasPrefix("<"), start.contains("<html") || start.hasPrefix("<!doctype html") {
            return "HTML"
        }
        if start.hasPrefix("<?xml") || start.hasPrefix("<error") { return "XML" }
        if start.hasPrefix("<envelope") || start.hasPrefix("<metalink") { return "XML" }
        if start.hasPrefix("{\"") || start.hasPrefix("[{") { return "JSON" }
        if start.hasPrefix("{"), start.dropFirst().drop(while: \.isWhitespace).hasPrefix("\"") {
            return "JSON"
        }
        return isMessage ? "a text" : nil
    }

    /// Whether it is a few words and nothing else, as of a server that has no image: no disk is as short.
    private var isMessage: Bool {
        guard isWhole, text.unicodeScalars.count >= 16 else { return false }
        let words = text.split(whereSeparator: \.isWhitespace)
        return words.count {
            $0.count > 1 && $0.unicodeScalars.allSatisfy { (0x61...0x7a).contains($0.value) }
        } > 1
    }
}
