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

/// The first thing that is wrong with a body.
struct SchemaViolation: Sendable, CustomStringConvertible {
    /// The way to the value, from the outside.
    let path: [String]
    /// The value.
    let value: JSONValue
    /// What `jsonschema` says of it.
    let message: String
    /// What Nova says instead; its checks of names have words of their own.
    var override: String?

    var description: String {
        if let override { return override }
        guard let last = path.last else { return message }
        return "Invalid input for field/attribute \(last). Value: \(PythonText.str(value)). \(message)"
    }
}

extension Schema {
    /// The first violation, in the order of the keywords.
    func violation(_ value: JSONValue, path: [String]) -> SchemaViolation? {
        for keyword in keywords {
            if let found = Self.violation(of: keyword, value, path) { return found }
        }
        return nil
    }

    private static func violation(
        of keyword: Keyword,
        _ value: JSONValue,
        _ path: [String]
    ) -> SchemaViolation? {
        let wrong = { (message: String) in SchemaViolation(path: path, value: value, message: message) }
        let shown = PythonText.repr(value)
        switch (keyword, value) {
        case (.type(let types), _):
            if types.contains(where: { has($0, value) }) { return nil }
            return wrong("\(shown) is not of type \(types.map { "'\($0)'" }.joined(separator: ", "))")
        case (.oneOf(let schemas), _), (.anyOf(let schemas), _):
            if schemas.contains(where: { $0.violation(value, path: path) == nil }) { return nil }
            return wrong("\(shown) is not valid under any of the given schemas")
        case (_, .string(let text)):
            return violation(of: keyword, text).map { part in
                SchemaViolation(path: path, value: value, message: part.message, override: part.override)
            }
        case (.minItems(let count), .array(let items)) where items.count < count:
            return wrong("\(shown) \(count == 1 ? "should be non-empty" : "is too short")")
        case (.maxItems(let count), .array(let items)) where items.count > count:
            return wrong("\(shown) is too long")
        case (.items(let schema), .array(let items)):
            for (index, item) in items.enumerated() {
                if let found = schema.violation(item, path: path + ["\(index)"]) { return found }
            }
            return nil
        case (_, .object(let members)): return violation(of: keyword, members, value, path)
        default: return nil
        }
    }

    private static func violation(
        of keyword: Keyword,
        _ text: String
    ) -> (message: String, override: String?)? {
        let shown = PythonText.repr(text)
        switch keyword {
        case .minLength(let count) where text.unicodeScalars.count < count:
            return ("\(shown) \(count == 1 ? "should be non-empty" : "is too short")", nil)
        case .maxLength(let count) where text.unicodeScalars.count > count:
            return ("\(shown) is too long", nil)
        case .pattern(let pattern, let matches) where !matches(text):
            return ("\(shown) does not match \(PythonText.repr(pattern))", nil)
        case .format(let format) where !format.accepts(text):
            return ("\(shown) is not a '\(format.rawValue)'", format.refusal)
        default: return nil
        }
    }

    private static func violation(
        of keyword: Keyword,
        _ members: [JSONValue.Member],
        _ value: JSONValue,
        _ path: [String]
    ) -> SchemaViolation? {
        let wrong = { (message: String) in SchemaViolation(path: path, value: value, message: message) }
        switch keyword {
        case .properties(let properties):
            for (name, schema) in properties {
                guard let member = members.first(where: { $0.name == name }) else { continue }
                if let found = schema.violation(member.value, path: path + [name]) { return found }
            }
        case .patternProperties(let pattern, let matches, let schema):
            for member in members where matches(member.name) {
                if let found = schema.violation(member.value, path: path + [member.name]) { return found }
            }
            let extra = members.map(\.name).filter { !matches($0) }.sorted().map(PythonText.repr)
            guard !extra.isEmpty else { return nil }
            let verb = extra.count == 1 ? "does" : "do"
            return wrong(
                "\(extra.joined(separator: ", ")) \(verb) not match any of the regexes: \(PythonText.repr(pattern))"
            )
        case .required(let names):
            if let missing = names.first(where: { name in !members.contains { $0.name == name } }) {
                return wrong("\(PythonText.repr(missing)) is a required property")
            }
        case .onlyProperties(let names):
            let extra = members.map(\.name).filter { !names.contains($0) }.sorted().map(PythonText.repr)
            guard !extra.isEmpty else { return nil }
            let verb = extra.count == 1 ? "was" : "were"
            return wrong(
                "Additional properties are not allowed (\(extra.joined(separator: ", ")) \(verb) unexpected)"
            )
        default: break
        }
        return nil
    }

    private static func has(_ type: String, _ value: JSONValue) -> Bool {
        switch (type, value) {
        case ("null", .null), ("boolean", .boolean), ("integer", .integer), ("string", .string),
            ("array", .array), ("object", .object):
            true
        default: false
        }
    }
}
