/// One event of a `text/event-stream` (WHATWG HTML, section 9.2).
public struct ServerSentEvent: Sendable, Hashable {
    /// The event's type; `message` where the stream named none.
    public let type: String
    /// The data lines, joined by line feeds.
    public let data: String
    /// The last id that the stream named, to go on from there.
    public let id: String?

    /// An event.
    public init(type: String, data: String, id: String?) {
        self.type = type
        self.data = data
        self.id = id
    }
}
