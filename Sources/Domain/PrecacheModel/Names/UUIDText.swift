/// UUIDs as text, without Foundation.
package enum UUIDText {
    /// A random UUID (RFC 9562 section 5.4, version 4), lower case.
    package static func make() -> String {
        let high = (UInt64.random(in: 0...UInt64.max) & 0xFFFF_FFFF_FFFF_0FFF) | 0x0000_0000_0000_4000
        let low = (UInt64.random(in: 0...UInt64.max) & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for index in 0..<32 {
            if index == 8 || index == 12 || index == 16 || index == 20 { text.append(UInt8(ascii: "-")) }
            let word = index < 16 ? high : low
            text.append(digits[Int(word >> UInt64(60 - 4 * (index % 16)) & 0xF)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Whether a text is a UUID in its usual form of 36 characters, in either case.
    package static func isValid(_ text: String) -> Bool { lowered(text) != nil }

    /// A UUID in its usual form of 36 characters, its letters lowered; nil for any other text.
    package static func lowered(_ text: String) -> String? {
        var copy = text
        let hasCapitals = copy.withUTF8 { bytes -> Bool? in
            guard bytes.count == 36 else { return nil }
            var hasCapitals = false
            for index in bytes.indices {
                let byte = bytes[index]
                switch index {
                case 8, 13, 18, 23: guard byte == UInt8(ascii: "-") else { return nil }
                default: guard Hexadecimal.value(of: byte) != nil else { return nil }
                }
                if byte >= UInt8(ascii: "A"), byte <= UInt8(ascii: "F") { hasCapitals = true }
            }
            return hasCapitals
        }
        return hasCapitals.map { $0 ? text.lowercased() : text }
    }
}
