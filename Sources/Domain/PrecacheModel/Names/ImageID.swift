/// An image's identifier: a Glance UUID, or a name that the catalogue chose.
///
/// 1 to 255 of `[a-zA-Z0-9._:@+~-]`, starting with a letter or digit, so that it is safe in a URL's path, a log
/// and a file. The cached file's name is the SHA-1 of this text, as in Nova (`nova/virt/imagecache.py`).
package struct ImageID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The identifier as text.
    package let text: String

    /// Checks an identifier.
    ///
    /// Throws ``InvalidValue`` with the rule it broke.
    package init(_ text: String) throws(InvalidValue) {
        let extra = Array("._:@+~-".utf8)
        let isAlphanumeric = { (byte: UInt8) in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        guard let first = text.utf8.first, isAlphanumeric(first), text.utf8.count <= 255,
            text.utf8.allSatisfy({ isAlphanumeric($0) || extra.contains($0) })
        else {
            throw InvalidValue(
                "image id",
                text,
                rule: "1 to 255 letters, digits and '._:@+~-', a letter or digit first"
            )
        }
        self.text = text
    }

    /// Orders by text, or by strength.
    package static func < (left: ImageID, right: ImageID) -> Bool { left.text < right.text }

    /// The value as text, fit for logs.
    package var description: String { text }
}
