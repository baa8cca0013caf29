import PrecacheModel

extension ObjectShape {
    /// An inventory file: `hosts`, `aggregates` and `images`, as `PUT /v1/inventory` takes them.
    static let inventory = ObjectShape(
        noun: "an inventory",
        key: nil,
        fields: [
            ("hosts", .objects(host)), ("aggregates", .objects(aggregate)), ("images", .objects(image)),
        ]
    )

    private static let host = ObjectShape(
        noun: "a host",
        key: "name",
        fields: [
            ("name", .text(rule: hostRule)), ("address", .anyText), ("port", .integer(1...65_535)),
            ("enabled", .boolean), ("labels", .texts),
        ]
    )

    private static let aggregate = ObjectShape(
        noun: "an aggregate",
        key: "name",
        fields: [
            ("name", .text { text in refusal { () throws(InvalidValue) in _ = try AggregateName(text) } }),
            ("availability_zone", .anyText), ("metadata", .texts), ("hosts", .names(rule: hostRule)),
        ]
    )

    private static let image = ObjectShape(
        noun: "an image",
        key: "id",
        fields: [
            ("id", .text { text in refusal { () throws(InvalidValue) in _ = try ImageID(text) } }),
            ("name", .anyText), ("url", .anyText), ("size_bytes", .integer(0...Int64.max)),
            ("hash_algorithm", .text(rule: algorithmRule)), ("hash", .anyText),
            ("disk_format", .text(rule: formatRule)), ("allow_unverified", .boolean),
        ]
    )

    private static let hostRule: @Sendable (String) -> String? = { text in
        refusal { () throws(InvalidValue) in _ = try HostName(text) }
    }

    private static let algorithmRule: @Sendable (String) -> String? = { text in
        choice(text, "hash algorithm", DigestAlgorithm.allCases.map(\.rawValue))
    }

    private static let formatRule: @Sendable (String) -> String? = { text in
        choice(text, "disk format", DiskFormat.allCases.map(\.rawValue))
    }

    private static func refusal(_ check: () throws(InvalidValue) -> Void) -> String? {
        do throws(InvalidValue) {
            try check()
            return nil
        } catch {
            return error.description
        }
    }

    private static func choice(_ text: String, _ noun: String, _ allowed: [String]) -> String? {
        guard !allowed.contains(text) else { return nil }
        return "'\(TerminalText.escaped(text))' is not a \(noun): one of \(allowed.joined(separator: ", "))"
    }
}
