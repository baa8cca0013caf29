/// Refuses objects with fields that nobody asked for, so that a slip of the pen isn't silently ignored.
enum KnownFields {
    /// Throws `DecodingError.dataCorrupted` at the path of the first (by name) field that `Keys` doesn't have.
    static func check<Keys: CodingKey & CaseIterable>(_ decoder: any Decoder, _ keys: Keys.Type) throws {
        let present = try decoder.container(keyedBy: AnyField.self)
        let known = Set(Keys.allCases.map(\.stringValue))
        guard
            let stranger = present.allKeys.filter({ !known.contains($0.stringValue) })
                .min(by: { $0.stringValue < $1.stringValue })
        else { return }
        throw DecodingError.dataCorrupted(
            .init(
                codingPath: decoder.codingPath + [stranger],
                debugDescription: "unknown field; known are \(known.sorted().joined(separator: ", "))"
            )
        )
    }

    private struct AnyField: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
