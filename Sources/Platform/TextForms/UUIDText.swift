/// UUIDs as text, without Foundation.
package enum UUIDText {
    /// A random UUID (RFC 9562 section 5.4, version 4), lower case.
    package static func make() -> String {
        var system = SystemRandomNumberGenerator()
        return text(version: 4, high: system.next(), low: system.next())
    }

    /// A UUID of so many bits (RFC 9562 section 4), lower case; version and variant take the place of six of them.
    package static func text(version: UInt64, high: UInt64, low: UInt64) -> String {
        let high = high & ~0xf000 | version << 12
        let low = low & ~(0b11 << 62) | 0b10 << 62
        return String(unsafeUninitializedCapacity: 36) { buffer in
            var index = 0
            for nibble in 0..<32 {
                if nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20 {
                    buffer.initializeElement(at: index, to: UInt8(ascii: "-"))
                    index += 1
                }
                let word = nibble < 16 ? high : low
                let value = UInt8(truncatingIfNeeded: word >> UInt64(60 - nibble % 16 * 4)) & 15
                buffer.initializeElement(at: index, to: Hexadecimal.digit(value))
                index += 1
            }
            return index
        }
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
