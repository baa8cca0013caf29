import TextForms

/// A place in a list, opaque to callers: the list's kind and the sort key of the last item seen.
///
/// As text: the parts, joined by the unit separator (U+001F), in unpadded base64url (RFC 4648 section 5).
package struct PageCursor: Hashable, Sendable, CustomStringConvertible {
    /// Which list it belongs to, for example `hosts`.
    package let kind: String
    /// The sort key's parts.
    package let key: [String]

    /// A place in the list `kind` after the item with this sort key.
    package init(kind: String, key: [String]) {
        self.kind = kind
        self.key = key
    }

    /// Reads the text that a former answer gave as `next`.
    ///
    /// Throws ``InvalidValue`` for anything that ``description`` wouldn't have written.
    package init(_ text: String) throws(InvalidValue) {
        guard text.utf8.count <= 2048, let bytes = Base64URL.decode(text),
            let plain = String(validating: bytes, as: UTF8.self)
        else { throw Self.invalid(text) }
        let parts = plain.split(separator: Self.separator, omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 2, let kind = parts.first, !kind.isEmpty else { throw Self.invalid(text) }
        self.init(kind: kind, key: Array(parts.dropFirst()))
    }

    /// The key, if the cursor belongs to the list `kind` and its key has `count` parts.
    ///
    /// Throws ``InvalidValue`` otherwise: a cursor of another list.
    package func key(of kind: String, count: Int) throws(InvalidValue) -> [String] {
        guard self.kind == kind, key.count == count else { throw Self.invalid(description) }
        return key
    }

    /// The text for `next` and `after`.
    package var description: String {
        Base64URL.encode(Array(([kind] + key).joined(separator: String(Self.separator)).utf8))
    }

    private static let separator: Character = "\u{1F}"

    private static func invalid(_ text: String) -> InvalidValue {
        InvalidValue("cursor", text, rule: "the `next` of an answer to the same list")
    }
}

/// A part of a list.
package struct Page<Item: Sendable>: Sendable {
    /// The items, in the list's order.
    package var items: [Item]
    /// Where the next part begins; nil at the end.
    package var next: PageCursor?

    package init(items: [Item], next: PageCursor?) {
        self.items = items
        self.next = next
    }
}

/// Which part of a list a caller wants.
package struct PageRequest: Hashable, Sendable {
    /// The number of items unless said otherwise.
    package static let defaultLimit = 100
    /// The most items in one part.
    package static let maximumLimit = 1000

    /// At most so many items, 1 to ``maximumLimit``.
    package var limit: Int
    /// The items after this one; nil from the beginning.
    package var after: PageCursor?

    package init(limit: Int = defaultLimit, after: PageCursor? = nil) {
        self.limit = limit
        self.after = after
    }
}
