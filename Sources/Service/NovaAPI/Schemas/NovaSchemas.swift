import PrecacheAPI
import PrecacheModel

/// The bodies that Nova's aggregate API takes (nova/api/openstack/compute/schemas/aggregates.py, aggregate_images.py).
enum NovaSchemas {
    static let create = Schema.object([("aggregate", aggregate)], required: ["aggregate"])

    private static let aggregate = Schema.object(
        [("name", name(.name)), ("availability_zone", zone)],
        required: ["name"]
    )

    static let update = Schema.object([("aggregate", changes)], required: ["aggregate"])

    private static let changes = Schema.object(
        [("name", name(.nameWithSpaces)), ("availability_zone", zone)],
        required: [],
        then: .anyOf([Schema(.required(["name"])), Schema(.required(["availability_zone"]))])
    )

    static let addHost = action("add_host", [("host", host)])
    static let removeHost = action("remove_host", [("host", host)])
    static let setMetadata = action("set_metadata", [("metadata", metadata)])

    /// Nova has no upper bound; this one is the service's own, as in `/v1`.
    static let images = Schema.object(
        [
            (
                "cache",
                Schema(
                    .type(["array"]),
                    .minItems(1),
                    .maxItems(256),
                    .items(
                        .object([("id", Schema(.type(["string"]), .format(.uuid)))], required: ["id"])
                    )
                )
            )
        ],
        required: ["cache"]
    )

    /// Query parameters where no others are allowed.
    static func query(_ names: [String]) -> Schema { Schema(.onlyProperties(names)) }

    private static func action(
        _ name: String,
        _ properties: [(name: String, schema: Schema)]
    ) -> Schema {
        .object([(name, .object(properties, required: properties.map(\.name)))], required: [name])
    }

    private static func name(_ format: TextFormat) -> Schema {
        Schema(.type(["string"]), .format(format), .minLength(1), .maxLength(255))
    }

    private static let zone = Schema(.oneOf([name(.zone), Schema(.type(["null"]))]))

    private static let host = Schema(
        .type(["string"]),
        .pattern("^[a-zA-Z0-9-._]*$") {
            $0.utf8.allSatisfy { isWordCharacter($0) || $0 == 0x2D || $0 == 0x2E }
        },
        .minLength(1),
        .maxLength(255)
    )

    private static let metadata = Schema(
        .type(["object"]),
        .patternProperties(
            "^[a-zA-Z0-9-_:. ]{1,255}$",
            matches: { key in
                (1...255).contains(key.utf8.count)
                    && key.utf8.allSatisfy { isWordCharacter($0) || [0x20, 0x2D, 0x2E, 0x3A].contains($0) }
            },
            Schema(.type(["string", "null"]), .maxLength(255))
        )
    )

    private static func isWordCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

/// Formats of texts in Nova's schemas (nova/api/validation/validators.py).
enum TextFormat: String, Sendable {
    /// A name without spaces around it.
    case name
    /// A name that may have them; they are taken off.
    case nameWithSpaces = "name_with_leading_trailing_spaces"
    /// An availability zone's name.
    case zone = "az_name"
    /// A UUID, with or without hyphens.
    case uuid

    /// Whether the text has the format.
    func accepts(_ text: String) -> Bool {
        switch self {
        case .name: Self.isBare(text)
        case .nameWithSpaces: PrintableText.isPrintable(text) && !Self.trimmed(text).isEmpty
        case .zone: Self.isBare(text) && !text.contains(":")
        case .uuid: Self.isUUID(text)
        }
    }

    /// What Nova says of a text without the format; nil for the validator's own words.
    var refusal: String? {
        let rule: String
        switch self {
        case .name: rule = "printable characters. Can not start or end with whitespace."
        case .nameWithSpaces: rule = "printable characters with at least one non space character"
        case .zone: rule = "printable characters except :.Can not start or end with whitespace."
        case .uuid: return nil
        }
        return "An invalid 'name' value was provided. The name must be: \(rule)"
    }

    /// Without white space around it.
    static func trimmed(_ text: String) -> String {
        let scalars = text.unicodeScalars
        let start = scalars.drop { $0.properties.isWhitespace }
        var end = start
        while let last = end.last, last.properties.isWhitespace { end.removeLast() }
        return String(String.UnicodeScalarView(end))
    }

    /// Also an empty text: that is the length's business.
    private static func isBare(_ text: String) -> Bool {
        PrintableText.isPrintable(text) && trimmed(text) == text
    }

    /// `uuidutils.is_uuid_like`: 32 hexadecimal digits, wherever hyphens stand between them.
    static func isUUID(_ text: String) -> Bool {
        let digits = text.utf8.filter { $0 != UInt8(ascii: "-") }
        return digits.count == 32
            && digits.allSatisfy { byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
            }
    }
}
