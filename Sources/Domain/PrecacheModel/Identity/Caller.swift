/// Who makes a request.
public struct Caller: Hashable, Sendable {
    /// The token's name; nil where authentication is off.
    public let name: String?
    /// What it may do; nil where authentication is off: everything.
    public let role: Role?

    /// Puts a caller together.
    public init(name: String?, role: Role?) {
        self.name = name
        self.role = role
    }

    /// Whether it may do what asks for `needed`.
    public func may(_ needed: Role) -> Bool { role?.allows(needed) ?? true }
}
