extension JSONValue {
    /// A member of an object; nil if there is none, or this is no object.
    package subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// The text of a string; nil for anything else.
    package var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The value of a whole number; nil for anything else.
    package var integer: Int64? {
        guard case .integer(let number) = self else { return nil }
        return number
    }

    /// The value of a boolean; nil for anything else.
    package var boolean: Bool? {
        guard case .boolean(let truth) = self else { return nil }
        return truth
    }

    /// The elements of an array; none for anything else.
    package var items: [JSONValue] {
        guard case .array(let items) = self else { return [] }
        return items
    }

    /// The members of an object; none for anything else.
    package var members: [Member] {
        guard case .object(let members) = self else { return [] }
        return members
    }
}
