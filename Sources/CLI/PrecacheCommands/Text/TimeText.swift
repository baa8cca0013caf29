/// Times as people read them in a table.
enum TimeText {
    /// `2026-11-23 20:15:32Z` of `2026-11-23T20:15:32.123456Z`; any other text stays as it is.
    static func short(_ text: String?) -> String? {
        guard let text else { return nil }
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes[10] == UInt8(ascii: "T"), bytes.last == UInt8(ascii: "Z") else {
            return text
        }
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8))Z"
    }
}
