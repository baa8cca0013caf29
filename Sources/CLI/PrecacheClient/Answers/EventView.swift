import FoundationEssentials

/// One step of a job's history, as the data of a server-sent event tells of it.
package enum EventView: Sendable, Hashable {
    /// An image on a host came to a final outcome.
    case outcome(ResultView)
    /// The job has ended.
    case finished
    /// Anything else.
    case other

    /// Reads an event; what can't be read counts as ``other``, because events only decorate what polls say.
    package init(_ event: ServerSentEvent) {
        switch event.type {
        case "outcome": self = Self.read(ResultView.self, event.data).map(Self.outcome) ?? .other
        case "finished": self = .finished
        default: self = .other
        }
    }

    private static func read<Value: Decodable>(_ type: Value.Type, _ text: String) -> Value? {
        try? JSONDecoder().decode(type, from: Data(text.utf8))
    }
}
