/// A bearer token as it is kept: never the token itself.
package struct TokenRecord: Hashable, Sendable {
    /// The row's number.
    package var id: Int64
    /// What people call it; unique among those not revoked.
    package var name: String
    /// What its bearer may do.
    package var role: Role
    /// The SHA-256 of the token's text, 32 bytes.
    package var hash: [UInt8]
    /// When it was made.
    package var createdAt: Timestamp
    /// When it was revoked; nil while it holds.
    package var revokedAt: Timestamp?

    package init(
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
