/// What a registration wants to hear of its descriptor.
///
/// A closed peer and errors are always told.
package struct Interest: OptionSet, Sendable {
    /// The bits of the set.
    package let rawValue: UInt8

    /// Makes a set of its bits.
    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// There is something to read, or to accept.
    package static let read = Interest(rawValue: 1)
    /// There is room to write, or a connection was made.
    package static let write = Interest(rawValue: 2)
    /// Tell each change once (`EPOLLET`, epoll(7)): the handler then reads or writes until `EAGAIN`.
    package static let edgeTriggered = Interest(rawValue: 4)
}
