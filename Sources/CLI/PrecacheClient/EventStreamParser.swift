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
    /// The last id named; survives a reconnection, where it is sent as `Last-Event-ID`.
    package private(set) var lastID: String?
    /// The time that the stream asked to wait before connecting again.
    package private(set) var retry: Duration?

    /// A parser at the beginning of a stream, that goes on after event `lastID`.
    package init(lastID: String? = nil) { self.lastID = lastID }

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
        case "id": if !value.unicodeScalars.contains("\0") { lastID = value }
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
        guard !data.isEmpty, !isBroken else { return nil }
        return ServerSentEvent(
            type: type.isEmpty ? "message" : type,
            data: data.joined(separator: "\n"),
            id: lastID
        )
    }
}
