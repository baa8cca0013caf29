import TextForms

/// Which trace a piece of work belongs to, and under which of its spans: the field `traceparent` (W3C Trace Context, section 3.2).
///
/// We make no spans of our own, so it is passed on as it came (section 4.3), and what others trace hangs below the caller's span.
package struct TraceContext: Hashable, Sendable, CustomStringConvertible {
    /// The field's value in version 00: 55 characters.
    package let text: String

    /// The trace's id: 32 lower-case hexadecimal digits.
    package var traceID: String { String(text.dropFirst(3).prefix(32)) }

    /// Reads a field's value; nil for what is none, which counts as no field at all.
    ///
    /// Of a newer version the fields of version 00 are read (section 3.2.4).
    package init?(_ field: String) {
        let bytes = Array(field.utf8)
        guard bytes.count >= 55, Self.isHexadecimal(bytes[0..<2]), bytes[0..<2] != Self.invalidVersion[...],
            bytes.count == 55 || bytes[0..<2] != Self.version[...] && bytes[55] == Self.hyphen,
            bytes[2] == Self.hyphen, bytes[35] == Self.hyphen, bytes[52] == Self.hyphen,
            Self.isID(bytes[3..<35]), Self.isID(bytes[36..<52]), Self.isHexadecimal(bytes[53..<55])
        else { return nil }
        let isOlder = bytes[0..<2] == Self.version[...]
        // Of a newer version's flags only the first is known: whether the caller records the trace.
        let isRecorded = Hexadecimal.value(of: bytes[54]).map { $0 & 1 == 1 } ?? false
        let flags = isOlder ? String(decoding: bytes[53..<55], as: UTF8.self) : isRecorded ? "01" : "00"
        text = "00" + String(decoding: bytes[2..<53], as: UTF8.self) + flags
    }

    /// The trace of a job that came without one: it has the job's own digits, and nobody records it.
    package init(of job: JobID) {
        let digits = job.text.filter { $0 != "-" }
        text = "00-\(digits)-\(digits.suffix(16))-00"
    }

    /// The field's value, fit for logs.
    package var description: String { text }

    private static let hyphen = UInt8(ascii: "-")
    private static let version = Array("00".utf8)
    private static let invalidVersion = Array("ff".utf8)

    /// Upper-case letters are none (section 3.2.2.1).
    private static func isHexadecimal(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.allSatisfy {
            Hexadecimal.value(of: $0) != nil && !(UInt8(ascii: "A")...UInt8(ascii: "F")).contains($0)
        }
    }

    private static func isID(_ bytes: ArraySlice<UInt8>) -> Bool {
        isHexadecimal(bytes) && bytes.contains { $0 != UInt8(ascii: "0") }
    }
}
