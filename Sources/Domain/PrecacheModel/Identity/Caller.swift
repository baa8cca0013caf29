/// Who makes a request.
package struct Caller: Hashable, Sendable {
    /// The token's or the Keystone user's name; nil where authentication is off.
    package let name: String?
    /// What it may do; nil where authentication is off, and for a Keystone user without a role that counts here.
    package let role: Role?
    /// Whom Keystone says it is; nil for the bearer of a token of our own.
    package let keystone: KeystoneIdentity?

    package init(name: String?, role: Role?, keystone: KeystoneIdentity? = nil) {
        self.name = name
        self.role = role
        self.keystone = keystone
    }

    /// Whether nobody asked who it is, since authentication is off: it may do everything.
    package var isUnchecked: Bool { role == nil && keystone == nil }

    /// Whether it may do what asks for `needed`.
    package func may(_ needed: Role) -> Bool { role?.allows(needed) ?? isUnchecked }

    /// What tells it from every other caller: two users of different domains may share a name.
    package var account: String { keystone?.userID ?? name ?? "" }
}
