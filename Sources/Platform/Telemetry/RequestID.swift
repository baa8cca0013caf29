/// Names for requests, by which logs on both sides of a call can be matched.
package enum RequestID {
    /// A new one: `req-` and a random UUID (RFC 9562, version 4).
    package static func make() -> String {
        var generator = SystemRandomNumberGenerator()
        var high = generator.next()
        var low = generator.next()
        high = high & ~0xf000 | 0x4000
        low = low & ~(0b11 << 62) | 0b10 << 62
        let digits: StaticString = "0123456789abcdef"
        return String(unsafeUninitializedCapacity: 40) { buffer in
            var index = 0
            for character in "req-".utf8 {
                buffer[index] = character
                index += 1
            }
            for nibble in 0..<32 {
                if nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20 {
                    buffer[index] = UInt8(ascii: "-")
                    index += 1
                }
                let word = nibble < 16 ? high : low
                let value = Int(truncatingIfNeeded: word >> UInt64(60 - nibble % 16 * 4)) & 15
                buffer[index] = digits.utf8Start[value]
                index += 1
            }
            return index
        }
    }

    /// The caller's own name for its request where it is fit for a log, else a new one.
    ///
    /// Fit are 1 to 128 letters, digits and `-_.:` of ASCII.
    package static func accept(_ offered: String?) -> String {
        guard let offered, (1...128).contains(offered.utf8.count), offered.utf8.allSatisfy(isFit) else {
            return make()
        }
        return offered
    }

    private static func isFit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: ":"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default:
            false
        }
    }
}
