import FoundationEssentials

/// Cuts a `text/event-stream` into events (WHATWG HTML, section 9.2.6), however its bytes are cut.
package struct EventStreamParser: Sendable {
    /// The longest line that is kept, in bytes; a longer one is dropped with its event.
    package static let longestLine = 1_048_576

    private var line: [UInt8] = []
    private var isOverlong = false
    private var followsCarriageReturn = false
    private var type = ""
    private var data: [String] = []
    private var isBroken = false
    /// The id of the last block that came whole; survives a reconnection, where it is sent as `Last-Event-ID`.
    package private(set) var lastID: String?
    /// Whether anything came but the stream's opening: an event, a sign of life, or how far all is known.
    package private(set) var isAlive = false
    /// The last id named, maybe in a block that isn't whole yet.
    private var id: String?
    /// The time that the stream asked to wait before connecting again.
    package private(set) var retry: Duration?

    /// A parser at the beginning of a stream, that goes on after event `lastID`.
    package init(lastID: String? = nil) { (self.lastID, id) = (lastID, lastID) }

    /// Takes bytes and gives the events that they complete.
    package mutating func consume(_ bytes: [UInt8]) -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        for byte in bytes {
            if byte == 0x0A, followsCarriageReturn {
                followsCarriageReturn = false
                continue
            }
            followsCarriageReturn = byte == 0x0D
            if byte == 0x0A || byte == 0x0D {
                if let event = endLine() { events.append(event) }
            } else if line.count < Self.longestLine {
                line.append(byte)
            } else {
                isOverlong = true
            }
        }
        return events
    }

    private mutating func endLine() -> ServerSentEvent? {
        defer {
            line.removeAll(keepingCapacity: true)
            isOverlong = false
        }
        if isOverlong {
            isBroken = true
            return nil
        }
        if line.isEmpty { return endEvent() }
        if line.first == UInt8(ascii: ":") { isAlive = true }
        let colon = line.firstIndex(of: UInt8(ascii: ":"))
        let field = String(decoding: line[..<(colon ?? line.endIndex)], as: UTF8.self)
        var rest = colon.map { line[line.index(after: $0)...] } ?? []
        if rest.first == UInt8(ascii: " ") { rest = rest.dropFirst() }
        take(field, String(decoding: rest, as: UTF8.self))
        return nil
    }

    private mutating func take(_ field: String, _ value: String) {
        switch field {
        case "event": type = value
        case "data": data.append(value)
        case "id": if !value.unicodeScalars.contains("\0") { id = value }
        case "retry": if let milliseconds = UInt32(value) { retry = .milliseconds(Int64(milliseconds)) }
        default: break
        }
    }

    private mutating func endEvent() -> ServerSentEvent? {
        defer {
            type = ""
            data.removeAll()
            isBroken = false
        }
        isAlive = isAlive || lastID != id || !data.isEmpty
        lastID = id
        guard !data.isEmpty, !isBroken else { return nil }
        return ServerSentEvent(
            type: type.isEmpty ? "message" : type,
            data: data.joined(separator: "\n"),
            id: lastID
        )
    }
}

/// One event of a `text/event-stream` (WHATWG HTML, section 9.2).
package struct ServerSentEvent: Sendable, Hashable {
    /// The event's type; `message` where the stream named none.
    package let type: String
    /// The data lines, joined by line feeds.
    package let data: String
    /// The last id that the stream named, to go on from there.
    package let id: String?

    package init(type: String, data: String, id: String?) {
        self.type = type
        self.data = data
        self.id = id
    }
}

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
