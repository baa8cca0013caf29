/// What an operator calls a policy: 1 to 64 of `[a-zA-Z0-9._-]`, a letter or digit first.
package struct PolicyName: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The name as text.
    package let text: String

    /// Checks a name.
    ///
    /// Throws ``InvalidValue`` with the rule it broke.
    package init(_ text: String) throws(InvalidValue) {
        guard let first = text.utf8.first, first.isAlphanumeric, text.utf8.count <= 64,
            text.utf8.allSatisfy({ $0.isAlphanumeric || "._-".utf8.contains($0) })
        else {
            throw InvalidValue(
                "policy name",
                text,
                rule: "1 to 64 letters, digits, '.', '-' and '_', a letter or digit first"
            )
        }
        self.text = text
    }

    /// Orders by text.
    package static func < (left: PolicyName, right: PolicyName) -> Bool { left.text < right.text }

    /// The value as text, fit for logs.
    package var description: String { text }
}

/// A time at which a policy may have jobs made, again and again.
package struct PolicyWindow: Hashable, Sendable {
    /// The longest that it may be open: a week.
    package static let mostHours = 168

    /// When it opens, by the clocks of ``zone``.
    package var cron: CronLine
    /// How long it is open, in hours of 3,600 s whatever the clocks do, 1 to ``mostHours``.
    package var hours: Int
    /// The time zone's name in the zone database, `Europe/Berlin`; whether there is such a zone is the service's to say.
    package var zone: String

    package init(cron: CronLine, hours: Int, zone: String) {
        self.cron = cron
        self.hours = hours
        self.zone = zone
    }

    /// A text that may be a zone's name: parts of letters, digits, `_`, `-` and `+` between slashes, as the zone database
    /// has them, so that no such name leads out of its folder.
    ///
    /// Throws ``InvalidValue`` with the rule it broke.
    package static func checkedZone(_ text: String) throws(InvalidValue) -> String {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard text.utf8.count <= 64,
            parts.allSatisfy({ part in
                part.first?.isAlphanumeric == true
                    && part.allSatisfy { $0.isAlphanumeric || "_-+".utf8.contains($0) }
            })
        else {
            throw InvalidValue(
                "time zone",
                text,
                rule: "a name of the zone database, for example Europe/Berlin"
            )
        }
        return text
    }
}

extension UInt8 {
    /// Whether it is a letter or digit in ASCII.
    fileprivate var isAlphanumeric: Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self)
    }
}
