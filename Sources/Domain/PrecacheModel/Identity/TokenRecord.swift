/// A bearer token as it is kept: never the token itself.
public struct TokenRecord: Hashable, Sendable {
    /// The row's number.
    public var id: Int64
    /// What people call it; unique among those not revoked.
    public var name: String
    /// What its bearer may do.
    public var role: Role
    /// The SHA-256 of the token's text, 32 bytes.
    public var hash: [UInt8]
    /// When it was made.
    public var createdAt: Timestamp
    /// When it was revoked; nil while it holds.
    public var revokedAt: Timestamp?

    /// Puts a record together.
    public init(
        id: Int64,
        name: String,
        role: Role,
        hash: [UInt8],
        createdAt: Timestamp,
        revokedAt: Timestamp? = nil
    ) {
        self.id = id
        self.name = name
        self.role = role
        self.hash = hash
        self.createdAt = createdAt
        self.revokedAt = revokedAt
    }
}
