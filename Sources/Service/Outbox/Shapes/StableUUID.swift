import Digesting
import TextForms

/// UUIDs that follow from a text (RFC 9562 section 5.8, version 8).
enum StableUUID {
    /// Made of the SHA-256 of the text.
    static func of(_ text: String) -> String {
        let bytes = sha256(Array(text.utf8))
        func word(_ part: ArraySlice<UInt8>) -> UInt64 { part.reduce(0) { $0 << 8 | UInt64($1) } }
        return UUIDText.text(version: 8, high: word(bytes[..<8]), low: word(bytes[8..<16]))
    }
}
