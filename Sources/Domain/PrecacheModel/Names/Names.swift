/// A compute host's name, as Nova knows it.
///
/// 1 to 255 characters of `[a-zA-Z0-9._-]` (Nova's `api/validation/parameter_types.py`, `fqdn`). Compared as
/// written: Nova's host names are case-sensitive.
package struct HostName: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The name as text.
    package let text: String

    /// Checks a name.
    ///
    /// Throws ``InvalidValue`` with the rule it broke.
    package init(_ text: String) throws(InvalidValue) {
        let allowed = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
                UInt8(ascii: "_"):
                true
            default:
                false
            }
        }
        guard (1...255).contains(text.utf8.count), allowed, text != ".", text != ".." else {
            throw InvalidValue("host name", text, rule: "1 to 255 letters, digits, '.', '-' and '_'")
        }
        self.text = text
    }

    /// Orders by text, or by strength.
    package static func < (left: HostName, right: HostName) -> Bool { left.text < right.text }

    /// The value as text, fit for logs.
    package var description: String { text }
}

/// An image's identifier: a Glance UUID, or a name that the catalogue chose.
///
/// 1 to 255 of `[a-zA-Z0-9._:@+~-]`, starting with a letter or digit, so that it is safe in a URL's path, a log
/// and a file. The cached file's name is the SHA-1 of this text, as in Nova (`nova/virt/imagecache.py`).
package struct ImageID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The identifier as text.
    package let text: String

    /// Checks an identifier.
    ///
    /// Throws ``InvalidValue`` with the rule it broke.
    package init(_ text: String) throws(InvalidValue) {
        let extra = Array("._:@+~-".utf8)
        let isAlphanumeric = { (byte: UInt8) in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        guard let first = text.utf8.first, isAlphanumeric(first), text.utf8.count <= 255,
            text.utf8.allSatisfy({ isAlphanumeric($0) || extra.contains($0) })
        else {
            throw InvalidValue(
                "image id",
                text,
                rule: "1 to 255 letters, digits and '._:@+~-', a letter or digit first"
            )
        }
        self.text = text
    }

    /// Orders by text, or by strength.
    package static func < (left: ImageID, right: ImageID) -> Bool { left.text < right.text }

    /// The value as text, fit for logs.
    package var description: String { text }
}

/// What people call an image by: an identifier or, where nothing has it, a name that Glance knows.
///
/// 1 to 255 characters of any kind, as Glance takes them for a name (`glance/api/v2/images.py`, `get_base_properties`). Names are
/// compared byte by byte; only its own id, never a name, stands for an image once it has been found.
package struct ImageKey: Hashable, Sendable, CustomStringConvertible {
    /// The key as written.
    package let text: String
    /// The key as an identifier, if it can be one.
    package let id: ImageID?

    /// Checks a key.
    ///
    /// Throws ``InvalidValue`` with the rule it broke.
    package init(_ text: String) throws(InvalidValue) {
        guard (1...255).contains(text.unicodeScalars.count), !text.unicodeScalars.contains("\0") else {
            throw InvalidValue("image id or name", text, rule: "1 to 255 characters")
        }
        self.text = text
        id = try? ImageID(text)
    }

    /// An identifier as a key.
    package init(_ id: ImageID) {
        text = id.text
        self.id = id
    }

    /// Compares bytes.
    package static func == (left: ImageKey, right: ImageKey) -> Bool {
        ByteOrder.equal(left.text, right.text)
    }

    /// Hashes bytes.
    package func hash(into hasher: inout Hasher) { ByteOrder.hash(text, into: &hasher) }

    /// The key as text, fit for logs.
    package var description: String { InvalidValue.shown(text) }
}

/// A host aggregate's name: 1 to 255 printable characters without white space at either end, as Nova's.
///
/// Compared byte by byte, as the database does: Swift's own `==` takes `é` of one and of two scalars for the same.
package struct AggregateName: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The name as text.
    package let text: String

    /// Checks a name.
    ///
    /// Throws ``InvalidValue`` with the rule it broke.
    package init(_ text: String) throws(InvalidValue) {
        guard PrintableText.isName(text, upTo: 255) else {
            throw InvalidValue(
                "aggregate name",
                text,
                rule: "1 to 255 printable characters, no white space at either end"
            )
        }
        self.text = text
    }

    /// Orders by text, or by strength.
    package static func < (left: AggregateName, right: AggregateName) -> Bool {
        ByteOrder.precedes(left.text, right.text)
    }

    /// Compares bytes.
    package static func == (left: AggregateName, right: AggregateName) -> Bool {
        ByteOrder.equal(left.text, right.text)
    }

    /// Hashes bytes.
    package func hash(into hasher: inout Hasher) { ByteOrder.hash(text, into: &hasher) }

    /// The value as text, fit for logs.
    package var description: String { text }
}

/// The name of a recognised file in a cache directory, as pages of a host's cache go on after it.
package enum CachedFileName {
    /// Whether a text may be one: small letters, digits and `_`, so that it needs no escapes in a URL.
    package static func isPossible(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "_")
            }
    }
}

/// A text that was refused as a name or an identifier: which rule it broke, with the value.
package struct InvalidValue: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was to be made of the value, for example "host name".
    package let kind: String
    /// The refused value, shortened to 80 characters, control characters escaped.
    package let value: String
    /// The rule, worded for people: what would have been accepted.
    package let rule: String

    /// Describes a refusal.
    package init(_ kind: String, _ value: String, rule: String) {
        self.kind = kind
        self.value = Self.shown(value)
        self.rule = rule
    }

    /// A text shortened to 80 characters, control characters escaped.
    package static func shown(_ value: String) -> String {
        var shown = ""
        for scalar in value.unicodeScalars.prefix(80) {
            shown +=
                scalar.properties.generalCategory == .control ? scalar.escaped(asASCII: true) : String(scalar)
        }
        return shown + (value.unicodeScalars.count > 80 ? "…" : "")
    }

    /// The value as text, fit for logs.
    package var description: String { "'\(value)' is not a valid \(kind): \(rule)" }
}

/// Rules for texts that people choose.
package enum PrintableText {
    /// Whether a text has 1 to `limit` printable characters (no control, format or line separator characters)
    /// and no white space at either end.
    package static func isName(_ text: String, upTo limit: Int) -> Bool {
        let scalars = text.unicodeScalars
        guard let first = scalars.first, let last = scalars.last, scalars.count <= limit else { return false }
        return !first.properties.isWhitespace && !last.properties.isWhitespace && isPrintable(text)
    }

    /// Whether every character of a text can be shown: nothing that moves a cursor or starts a line.
    package static func isPrintable(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: false
            default: true
            }
        }
    }
}

/// The one equality and order of texts that people choose: that of their bytes in UTF-8, which is SQLite's, Glance's and
/// Nova's too.
package enum ByteOrder {
    /// Whether two texts have the same bytes.
    package static func equal(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }

    /// Whether a text's bytes come before another's.
    package static func precedes(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }

    /// Hashes a text's bytes.
    package static func hash(_ text: String, into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
        hasher.combine(UInt8(0xFF))
    }
}
