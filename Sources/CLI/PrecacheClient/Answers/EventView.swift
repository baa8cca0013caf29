import FoundationEssentials

/// One step of a job's history, as the data of a server-sent event tells of it.
public enum EventView: Sendable, Hashable {
    /// An image on a host came to a final outcome.
    case outcome(ResultView)
    /// The job's state became this.
    case state(String)
    /// Anything else.
    case other

    /// Reads an event; what can't be read counts as ``other``, because events only decorate what polls say.
    public init(_ event: ServerSentEvent) {
        switch event.type {
        case "outcome": self = Self.read(ResultView.self, event.data).map(Self.outcome) ?? .other
        case "state": self = Self.read(State.self, event.data).map { .state($0.state) } ?? .other
        default: self = .other
        }
    }

    private struct State: Decodable {
        let state: String
    }

    private static func read<Value: Decodable>(_ type: Value.Type, _ text: String) -> Value? {
        try? JSONDecoder().decode(type, from: Data(text.utf8))
    }
}
