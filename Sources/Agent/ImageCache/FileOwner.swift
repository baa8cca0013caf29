/// Whom a file belongs to, by number.
public struct FileOwner: Hashable, Sendable {
    /// The user; nil leaves it as it is.
    public var user: UInt32?
    /// The group; nil leaves it as it is.
    public var group: UInt32?

    /// Names an owner.
    public init(user: UInt32? = nil, group: UInt32? = nil) {
        self.user = user
        self.group = group
    }
}
