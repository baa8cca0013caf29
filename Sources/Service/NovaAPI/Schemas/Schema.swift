import PrecacheAPI

/// As much of JSON Schema as Nova's request bodies need, with the messages of Python's `jsonschema`, of which the first
/// counts: keywords are tried in their order.
struct Schema: Sendable {
    /// One rule for a value.
    indirect enum Keyword: Sendable {
        /// One of these types, by JSON Schema's names.
        case type([String])
        case minLength(Int)
        case maxLength(Int)
        /// A regular expression's text, and what it says.
        case pattern(String, matches: @Sendable (String) -> Bool)
        case format(TextFormat)
        case minItems(Int)
        case maxItems(Int)
        case items(Schema)
        case properties([(name: String, schema: Schema)])
        /// A schema for members whose names match a regular expression; others aren't allowed.
        case patternProperties(String, matches: @Sendable (String) -> Bool, Schema)
        case required([String])
        /// No members but these.
        case onlyProperties([String])
        case oneOf([Schema])
        case anyOf([Schema])
    }

    let keywords: [Keyword]

    init(_ keywords: Keyword...) { self.keywords = keywords }

    private init(keywords: [Keyword]) { self.keywords = keywords }

    /// An object with these members and no others.
    static func object(
        _ properties: [(name: String, schema: Schema)],
        required: [String],
        then more: Keyword...
    ) -> Schema {
        var keywords: [Keyword] = [.type(["object"]), .properties(properties)]
        if !required.isEmpty { keywords.append(.required(required)) }
        keywords.append(.onlyProperties(properties.map(\.name)))
        return Schema(keywords: keywords + more)
    }

    /// Throws 400 with the first violation, as Nova's `_SchemaValidator` words it.
    func check(_ value: JSONValue) throws(NovaFault) {
        guard let violation = violation(value, path: []) else { return }
        throw .badRequest(violation.description)
    }
}
