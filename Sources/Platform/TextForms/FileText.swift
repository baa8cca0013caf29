/// Text of a file that people made, with whichever editor.
package enum FileText {
    /// What is wrong with a file's bytes, as the end of a sentence that begins with its name.
    package struct Fault: Error, Hashable, Sendable {
        package let words: String
    }

    /// The text of UTF-8 bytes; a byte order mark before it isn't part of it (RFC 3629, section 6).
    ///
    /// Throws ``Fault`` for bytes that are no UTF-8 text, and says so if another Unicode encoding is what they are.
    package static func text(of bytes: some BidirectionalCollection<UInt8>) throws(Fault) -> String {
        let head = Array(bytes.prefix(4))
        if let encoding = otherEncoding(head) {
            throw Fault(words: "is \(encoding) text, and UTF-8 is needed: save it in that encoding")
        }
        let mark = head.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        guard let text = String(validating: bytes.dropFirst(mark), as: UTF8.self), !text.utf8.contains(0)
        else {
            throw Fault(words: "isn't UTF-8 text")
        }
        return text
    }

    /// By its mark, or by the zeros that an ASCII character has in it.
    private static func otherEncoding(_ head: [UInt8]) -> String? {
        if head == [0xFF, 0xFE, 0, 0] || head == [0, 0, 0xFE, 0xFF] { return "UTF-32" }
        if head.starts(with: [0xFF, 0xFE]) || head.starts(with: [0xFE, 0xFF]) { return "UTF-16" }
        let zeros = head.map { $0 == 0 }
        return zeros == [false, true, false, true] || zeros == [true, false, true, false] ? "UTF-16" : nil
    }
}
