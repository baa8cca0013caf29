import TextForms

/// Percent-decoding (RFC 3986 section 2.1) that refuses rather than guesses.
enum PercentDecoding {
    /// The decoded text; nil for broken escapes, bytes that are not UTF-8, and NUL.
    static func decode(_ text: Substring, plusIsSpace: Bool = false) -> String? {
        var text = text
        return text.withUTF8 { escaped in
            guard escaped.contains(where: { $0 == 0x25 || $0 == 0x2b && plusIsSpace }) else {
                return String(decoding: escaped, as: UTF8.self)
            }
            var bytes: [UInt8] = []
            bytes.reserveCapacity(escaped.count)
            var iterator = escaped.makeIterator()
            while let byte = iterator.next() {
                switch byte {
                case 0x25:
                    guard let high = iterator.next().flatMap(Hexadecimal.value(of:)),
                        let low = iterator.next().flatMap(Hexadecimal.value(of:)), high | low != 0
                    else { return nil }
                    bytes.append(high << 4 | low)
                case 0x2b where plusIsSpace: bytes.append(0x20)
                default: bytes.append(byte)
                }
            }
            return String(validating: bytes, as: UTF8.self)
        }
    }
}
