/// What a registration wants to hear of its descriptor.
///
/// A closed peer and errors are always told.
public struct Interest: OptionSet, Sendable {
    /// The bits of the set.
    public let rawValue: UInt8

    /// Makes a set of its bits.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// There is something to read, or to accept.
    public static let read = Interest(rawValue: 1)
    /// There is room to write, or a connection was made.
    public static let write = Interest(rawValue: 2)
    /// Tell each change once (`EPOLLET`, epoll(7)): the handler then reads or writes until `EAGAIN`.
    public static let edgeTriggered = Interest(rawValue: 4)
}
