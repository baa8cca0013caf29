import TextForms

/// A job's identifier: a lower-case UUID, chosen by the service.
package struct JobID: Hashable, Sendable, CustomStringConvertible {
    /// The identifier as text, 36 characters.
    package let text: String

    /// Checks an identifier.
    ///
    /// Throws ``InvalidValue`` unless it is a UUID; letters are lowered.
    package init(_ text: String) throws(InvalidValue) {
        guard let lowered = UUIDText.lowered(text) else {
            throw InvalidValue("job id", text, rule: "a UUID")
        }
        self.text = lowered
    }

    private init(unchecked text: String) { self.text = text }

    /// The beginning of an identifier, its letters lowered.
    ///
    /// Throws ``InvalidValue`` unless it is 1 to 36 hexadecimal digits and hyphens.
    package static func prefix(_ text: String) throws(InvalidValue) -> String {
        let isRight = text.utf8.allSatisfy { $0 == UInt8(ascii: "-") || Hexadecimal.value(of: $0) != nil }
        guard (1...36).contains(text.utf8.count), isRight else {
            throw InvalidValue("beginning of a job id", text, rule: "1 to 36 hexadecimal digits and hyphens")
        }
        return text.lowercased()
    }

    /// A fresh random identifier (RFC 9562, version 4).
    package static func make() -> JobID { JobID(unchecked: UUIDText.make()) }

    /// The value as text, fit for logs.
    package var description: String { text }
}

/// A task's name in the agent protocol: 1 to 128 of `[a-zA-Z0-9._-]`, the same for every attempt.
package struct TaskID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The name as text.
    package let text: String

    /// Checks a name.
    ///
    /// Throws ``InvalidValue`` with the rule it broke.
    package init(_ text: String) throws(InvalidValue) {
        let isRight = text.utf8.allSatisfy { byte in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || "._-".utf8.contains(byte)
        }
        guard (1...128).contains(text.utf8.count), isRight else {
            throw InvalidValue("task id", text, rule: "1 to 128 letters, digits, '.', '_' and '-'")
        }
        self.text = text
    }

    /// The name that the service gives: `<job>.<the host's number within the job>`.
    package init(job: JobID, host: Int) { text = "\(job.text).\(host)" }

    /// Orders by text.
    package static func < (left: TaskID, right: TaskID) -> Bool { left.text < right.text }

    /// The value as text, fit for logs.
    package var description: String { text }
}
