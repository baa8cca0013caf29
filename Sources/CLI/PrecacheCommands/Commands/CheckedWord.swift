import ArgumentParser
import PrecacheModel

/// Reads words of closed lists.
enum CheckedWord {
    /// A job's state.
    static func state(_ text: String) throws -> String {
        try word(text, "job state", JobState.allCases.map(\.rawValue))
    }

    /// An outcome.
    static func outcome(_ text: String) throws -> String {
        try word(text, "outcome", Outcome.allCases.map(\.rawValue))
    }

    /// An event's name, or ``all``.
    static func event(_ text: String) throws -> String {
        try word(text, "event", EventType.allCases.map(\.rawValue) + [all])
    }

    /// Stands for every event.
    static let all = "all"

    /// What a webhook gets.
    static func webhookFormat(_ text: String) throws -> String {
        try word(text, "webhook format", WebhookFormat.allCases.map(\.rawValue))
    }

    private static func word(_ text: String, _ noun: String, _ allowed: [String]) throws -> String {
        guard allowed.contains(text) else {
            throw ValidationError(
                "'\(TerminalText.escaped(text))' is not a \(noun): one of \(allowed.joined(separator: ", "))"
            )
        }
        return text
    }
}
