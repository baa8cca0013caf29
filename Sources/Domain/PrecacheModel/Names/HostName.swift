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
