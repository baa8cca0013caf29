/// Microsoft's identifier, in the order that its text has.
struct GUID: Hashable, CustomStringConvertible {
    let description: String

    init(_ text: String) { description = text }

    /// Sixteen bytes of a file: the first three groups are little-endian.
    init(_ bytes: ArraySlice<UInt8>) {
        let order = [3, 2, 1, 0, -1, 5, 4, -1, 7, 6, -1, 8, 9, -1, 10, 11, 12, 13, 14, 15]
        let digits = Array("0123456789ABCDEF")
        description = String(
            order.flatMap { place -> [Character] in
                guard place >= 0, bytes.count == 16 else { return ["-"] }
                let byte = Int(bytes[bytes.startIndex + place])
                return [digits[byte >> 4], digits[byte & 15]]
            }
        )
    }
}
