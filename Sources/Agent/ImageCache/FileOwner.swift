/// Whom a file belongs to, by number.
package struct FileOwner: Hashable, Sendable {
    /// The user; nil leaves it as it is.
    package var user: UInt32?
    /// The group; nil leaves it as it is.
    package var group: UInt32?

    /// Names an owner.
    package init(user: UInt32? = nil, group: UInt32? = nil) {
        self.user = user
        self.group = group
    }
}
