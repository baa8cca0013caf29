import Digesting

/// UUIDs that follow from a text (RFC 9562 section 5.8, version 8).
enum StableUUID {
    /// Made of the SHA-256 of the text.
    static func of(_ text: String) -> String {
        var bytes = Array(sha256(Array(text.utf8)).prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x80
        bytes[8] = bytes[8] & 0x3F | 0x80
        let hex = Array(hexEncode(bytes))
        return [hex[..<8], hex[8..<12], hex[12..<16], hex[16..<20], hex[20...]].map { String($0) }
            .joined(separator: "-")
    }
}
