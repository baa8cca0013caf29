/// One event of a `text/event-stream` (WHATWG HTML, section 9.2).
package struct ServerSentEvent: Sendable, Hashable {
    /// The event's type; `message` where the stream named none.
    package let type: String
    /// The data lines, joined by line feeds.
    package let data: String
    /// The last id that the stream named, to go on from there.
    package let id: String?

    /// An event.
    package init(type: String, data: String, id: String?) {
        self.type = type
        self.data = data
        self.id = id
    }
}
