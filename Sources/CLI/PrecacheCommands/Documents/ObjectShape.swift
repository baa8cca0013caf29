import PrecacheModel

/// Which fields an object of a file may have.
package struct ObjectShape: Sendable {
    /// What the object is, with its article: `a host`.
    let noun: String
    /// The field that names it, which must be there and must not repeat in a list; nil at the top.
    let key: String?
    /// The fields in the order that messages list them.
    let fields: [(name: String, shape: FieldShape)]

    func shape(of field: String) -> FieldShape? { fields.first { $0.name == field }?.shape }
}

/// What a field of a file may hold.
indirect enum FieldShape: Sendable {
    /// Text that `rule` accepts; it answers with what is wrong, or nil.
    case text(rule: @Sendable (String) -> String?)
    /// A whole number in a range.
    case integer(ClosedRange<Int64>)
    /// A whole number, or text that `rule` accepts.
    case amount(rule: @Sendable (String) -> String?)
    /// `true` or `false`.
    case boolean
    /// Texts by name.
    case texts
    /// A list of names without repetition.
    case names(rule: @Sendable (String) -> String?)
    /// An object.
    case object(ObjectShape)
    /// A list of objects.
    case objects(ObjectShape)

    /// Any text at all.
    static let anyText = FieldShape.text { _ in nil }
}

extension ObjectShape {
    /// An inventory file: `hosts`, `aggregates` and `images`, as `PUT /v1/inventory` takes them.
    package static let inventory = ObjectShape(
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
            ("enabled", .boolean), ("disabled_reason", .anyText), ("labels", .texts),
        ]
    )

    private static let aggregate = ObjectShape(
        noun: "an aggregate",
        key: "name",
        fields: [
            ("name", .text(rule: aggregateRule)),
            ("availability_zone", .anyText), ("metadata", .texts), ("hosts", .names(rule: hostRule)),
        ]
    )

    private static let image = ObjectShape(
        noun: "an image",
        key: "id",
        fields: [
            ("id", .text(rule: imageRule)), ("name", .anyText), ("url", .anyText),
            ("size_bytes", .integer(1...Int64.max)),
            ("hash_algorithm", .text(rule: algorithmRule)), ("hash", .anyText),
            ("disk_format", .text(rule: formatRule)), ("allow_unverified", .boolean),
        ]
    )

    private static let hostRule: @Sendable (String) -> String? = { text in
        refusal { () throws(InvalidValue) in _ = try HostName(text) }
    }

    static let aggregateRule: @Sendable (String) -> String? = { text in
        refusal { () throws(InvalidValue) in _ = try AggregateName(text) }
    }

    static let imageRule: @Sendable (String) -> String? = { text in
        refusal { () throws(InvalidValue) in _ = try ImageID(text) }
    }

    private static let algorithmRule: @Sendable (String) -> String? = { text in
        choice(text, "hash algorithm", DigestAlgorithm.allCases.map(\.rawValue))
    }

    private static let formatRule: @Sendable (String) -> String? = { text in
        choice(text, "disk format", DiskFormat.allCases.map(\.rawValue))
    }

    /// What a check says of a value; nil if it takes it.
    static func refusal(_ check: () throws(InvalidValue) -> Void) -> String? {
        do throws(InvalidValue) {
            try check()
            return nil
        } catch {
            return error.description
        }
    }

    /// What is wrong with a text that isn't a word of a closed list.
    static func choice(_ text: String, _ noun: String, _ allowed: [String]) -> String? {
        guard !allowed.contains(text) else { return nil }
        return "'\(TerminalText.escaped(text))' is not a \(noun): one of \(allowed.joined(separator: ", "))"
    }
}
