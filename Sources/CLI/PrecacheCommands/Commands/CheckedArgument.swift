import ArgumentParser
import PrecacheModel
import TextForms

/// Reads values of the command line, with words for what is wrong with them.
enum CheckedArgument {
    /// A whole number from 1.
    static func positive(_ text: String) throws -> Int {
        guard let value = Int(text), value >= 1 else {
            throw ValidationError("'\(TerminalText.escaped(text))' is not a whole number from 1")
        }
        return value
    }

    /// A length of time in seconds: `90`, `90s`, `45m`, `1h30m`, `7d`.
    static func span(_ text: String) throws -> Int {
        guard let seconds = Int(text) ?? SpanText.seconds(text), seconds >= 1 else {
            throw ValidationError(
                "'\(TerminalText.escaped(text))' is not a length of time such as 3600, 90m, 1h30m or 7d"
            )
        }
        return seconds
    }

    /// A TCP port.
    static func port(_ text: String) throws -> Int {
        guard let value = Int(text), (1...65_535).contains(value) else {
            throw ValidationError("'\(TerminalText.escaped(text))' is not a port from 1 to 65535")
        }
        return value
    }

    /// A number of bytes.
    static func bytes(_ text: String) throws -> Int64 {
        guard let value = Int64(text), value >= 0 else {
            throw ValidationError("'\(TerminalText.escaped(text))' is not a number of bytes")
        }
        return value
    }

    /// An event's id: digits, 18 at most.
    static func eventID(_ text: String) throws -> String {
        let isPlain = text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard isPlain, (1...18).contains(text.utf8.count) else {
            throw ValidationError("'\(TerminalText.escaped(text))' is not the id of an event, such as 42")
        }
        return text
    }

    /// `32` or `25%`.
    static func parallelism(_ text: String) throws -> String {
        do {
            return try Parallelism(text).description
        } catch {
            throw ValidationError(error.description)
        }
    }

    /// A share of hosts as a fraction, over 0 to 1: `95%`, `95` or `0.95`.
    ///
    /// A number without a sign is a percentage if it is over 1: 1 is all of them.
    static func share(_ text: String) throws -> Double {
        let number = text.hasSuffix("%") ? text.dropLast() : text[...]
        let isPlain = number.utf8.allSatisfy { "0123456789.".utf8.contains($0) }
        guard isPlain, let value = Double(number) else {
            throw ValidationError("'\(TerminalText.escaped(text))' is not a share such as 95%, 95 or 0.95")
        }
        // Decimal digits are moved, not divided: 99.9% is what 0.999 is.
        let isPercentage = number != text[...] || value > 1
        guard let share = isPercentage ? Double("\(number)e-2") : value, share > 0, share <= 1 else {
            throw ValidationError(
                "'\(TerminalText.escaped(text))' is not a share of hosts: over 0% and up to 100%"
            )
        }
        return share
    }

    /// `sha256:HEX`.
    static func digest(_ text: String) throws -> Digest {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let algorithm = DigestAlgorithm(rawValue: String(parts[0])) else {
            let names = DigestAlgorithm.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError(
                "'\(TerminalText.escaped(text))' is not ALGORITHM:HEX with one of \(names)"
            )
        }
        do {
            return try Digest(algorithm, hex: String(parts[1]))
        } catch {
            throw ValidationError(error.description)
        }
    }

    /// A disk format's word.
    static func format(_ text: String) throws -> String {
        guard DiskFormat(rawValue: text) != nil else {
            let names = DiskFormat.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("'\(TerminalText.escaped(text))' is not a disk format: one of \(names)")
        }
        return text
    }

    /// `KEY=VALUE`.
    static func pair(_ text: String) throws -> NamedText {
        guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
            throw ValidationError("'\(TerminalText.escaped(text))' is not KEY=VALUE")
        }
        return NamedText(name: String(text[..<equals]), value: String(text[text.index(after: equals)...]))
    }
}

/// Reads words of closed lists.
enum CheckedWord {
    /// A job's state.
    static func state(_ text: String) throws -> String {
        try word(text, "a job state", JobState.allCases.map(\.rawValue))
    }

    /// A host's state.
    static func hostState(_ text: String) throws -> String {
        try word(text, "a host state", HostState.allCases.map(\.rawValue))
    }

    /// A job's priority.
    static func priority(_ text: String) throws -> String {
        try word(text, "a priority", JobPriority.allCases.map(\.rawValue))
    }

    /// How a host stands to an image.
    static func coverageState(_ text: String) throws -> String {
        try word(text, "a state of coverage", CoverageState.allCases.map(\.rawValue))
    }

    /// An outcome.
    static func outcome(_ text: String) throws -> String {
        try word(text, "an outcome", Outcome.allCases.map(\.rawValue))
    }

    /// A reason, or what else holds policies up.
    static func cause(_ text: String) throws -> PolicyHold.Cause {
        guard let cause = PolicyHold.Cause(text: text) else {
            throw unknown(text, "a reason", PolicyHold.Cause.all.map(\.text))
        }
        return cause
    }

    /// An event's name, or ``all``.
    static func event(_ text: String) throws -> String {
        try word(text, "an event", EventType.allCases.map(\.rawValue) + [all])
    }

    /// Stands for every event.
    static let all = "all"

    /// What a webhook gets.
    static func webhookFormat(_ text: String) throws -> String {
        try word(text, "a webhook format", WebhookFormat.allCases.map(\.rawValue))
    }

    private static func word(_ text: String, _ noun: String, _ allowed: [String]) throws -> String {
        guard allowed.contains(text) else { throw unknown(text, noun, allowed) }
        return text
    }

    private static func unknown(_ text: String, _ noun: String, _ allowed: [String]) -> ValidationError {
        let meant = NearestName.find(text, in: allowed).map { "; did you mean \($0)?" }
        let rest = meant ?? ": one of \(allowed.joined(separator: ", "))"
        return ValidationError("'\(TerminalText.escaped(text))' is not \(noun)\(rest)")
    }
}

/// A text under a name: a label, or an aggregate's metadata.
struct NamedText: Sendable, Hashable {
    let name: String
    let value: String

    /// What was there with `changes` made; an empty value takes its name away.
    static func merge(_ texts: [String: String]?, _ changes: [NamedText]) -> [String: String]? {
        guard !changes.isEmpty else { return texts }
        var merged = texts ?? [:]
        for change in changes { merged[change.name] = change.value.isEmpty ? nil : change.value }
        return merged
    }
}
