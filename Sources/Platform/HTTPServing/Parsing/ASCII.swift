import Glibc
import TextForms

/// Byte classes of HTTP's grammar (RFC 9110 section 5.6).
enum ASCII {
    static let carriageReturn: UInt8 = 0x0d
    static let lineFeed: UInt8 = 0x0a
    static let space: UInt8 = 0x20
    static let tab: UInt8 = 0x09

    @inline(__always)
    static func lowercase(_ byte: UInt8) -> UInt8 {
        byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
    }

    /// Whether the byte may stand in a method or field name: `tchar`.
    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool {
        byte < 128 && (byte < 64 ? tokenLow >> UInt64(byte) : tokenHigh >> UInt64(byte - 64)) & 1 == 1
    }

    /// Whether the byte may stand in a field value: visible, space, tab or obs-text, no other control.
    @inline(__always)
    static func isFieldValue(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != 0x7f || byte == tab
    }

    /// Whether the byte may stand in a request target: printable, and none of `"`, `#`, `<`, `>`, `\`.
    @inline(__always)
    static func isTarget(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7f && byte != 0x22 && byte != 0x23 && byte != 0x3c && byte != 0x3e
            && byte != 0x5c
    }

    // One bit for each of !#$%&'*+-.0-9 and A-Z^_`a-z|~.
    private static let tokenLow: UInt64 = 0x03ff_6cfa_0000_0000
    private static let tokenHigh: UInt64 = 0x57ff_ffff_c7ff_fffe
}

extension UnsafeRawBufferPointer {
    /// Where a byte stands next, by memchr(3); nil if it doesn't.
    func offset(of byte: UInt8, from start: Int = 0) -> Int? {
        guard let base = baseAddress, start < count else { return nil }
        return memchr(base + start, Int32(byte), count - start).map {
            base.distance(to: UnsafeRawPointer($0))
        }
    }
}

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
