import PrecacheAPI

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
