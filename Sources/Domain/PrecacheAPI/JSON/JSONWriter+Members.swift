package import PrecacheModel

/// Members of objects, name and value together.
extension JSONWriter {
    /// Writes a text member, `null` for nil.
    package mutating func member(_ name: StaticString, _ text: String?) {
        key(name)
        if let text { string(text) } else { null() }
    }

    /// Writes a number member, `null` for nil.
    package mutating func member(_ name: StaticString, _ value: Int64?) {
        key(name)
        if let value { integer(value) } else { null() }
    }

    /// Writes a number member.
    package mutating func member(_ name: StaticString, _ value: Int) { member(name, Int64(value)) }

    /// Writes a truth member, `null` for nil.
    package mutating func member(_ name: StaticString, _ value: Bool?) {
        key(name)
        if let value { boolean(value) } else { null() }
    }

    /// Writes a time member in RFC 3339, `null` for nil.
    package mutating func member(_ name: StaticString, _ moment: Timestamp?) {
        key(name)
        if let moment { plain(moment.utf8) } else { null() }
    }

    /// Writes a member whose value is an object of texts, by key.
    package mutating func member(_ name: StaticString, _ texts: [String: String]) {
        key(name)
        object { json in
            for (key, value) in texts.sorted(by: { $0.key < $1.key }) {
                json.key(text: key)
                json.string(value)
            }
        }
    }

    /// Writes a member whose value is an object.
    package mutating func object(_ name: StaticString, _ body: (inout JSONWriter) -> Void) {
        key(name)
        object(body)
    }

    /// Writes a member whose value is an array with one element for each item.
    package mutating func array<Items: Sequence>(
        _ name: StaticString,
        _ items: Items,
        _ element: (inout JSONWriter, Items.Element) -> Void
    ) {
        key(name)
        array { json in
            for item in items { element(&json, item) }
        }
    }
}
