/// Who makes a request.
package struct Caller: Hashable, Sendable {
    /// The token's or the Keystone user's name; nil where authentication is off.
    package let name: String?
    /// What it may do; nil where authentication is off, and for a Keystone user without a role that counts here.
    package let role: Role?
    /// The one host that it speaks for, if its token is bound to one.
    package let host: HostName?
    /// Whom Keystone says it is; nil for the bearer of a token of our own.
    package let keystone: KeystoneIdentity?
    /// When its token ends by itself; nil for tokens of our own, which hold until they are revoked.
    package let expiresAt: Timestamp?

    package init(
        name: String?,
        role: Role?,
        host: HostName? = nil,
        keystone: KeystoneIdentity? = nil,
        expiresAt: Timestamp? = nil
    ) {
        self.name = name
        self.role = role
        self.host = host
        self.keystone = keystone
        self.expiresAt = expiresAt
    }

    /// Whether nobody asked who it is, since authentication is off: it may do everything.
    package var isUnchecked: Bool { role == nil && keystone == nil }

    /// Whether it may do what asks for `needed`.
    package func may(_ needed: Role) -> Bool { role?.allows(needed) ?? isUnchecked }

    /// What tells it from every other caller: two users of different domains may share a name.
    package var account: String { keystone?.userID ?? name ?? "" }

    /// Whose share of the open jobs its jobs count in; nil where nobody asked who it is.
    package var share: String? { isUnchecked ? nil : account }
}

/// What a token's bearer may do.
package enum Role: String, Sendable, CaseIterable {
    /// May look at everything but tokens.
    case reader
    /// Also starts, cancels and retries jobs.
    case `operator`
    /// Also changes the inventory.
    case admin
    /// May send heartbeats, and nothing else: of one host where its token is bound to it, else of any.
    case agent

    /// Whether a bearer of this role may do what asks for `needed`.
    ///
    /// `reader` ⊂ `operator` ⊂ `admin`; `agent` stands apart.
    package func allows(_ needed: Role) -> Bool {
        switch (self, needed) {
        case (.agent, .agent), (.admin, .reader), (.admin, .operator), (.admin, .admin): true
        case (.operator, .reader), (.operator, .operator), (.reader, .reader): true
        default: false
        }
    }
}

/// Whom Keystone says a token belongs to.
package struct KeystoneIdentity: Hashable, Sendable {
    /// The user's id.
    package let userID: String
    /// The user's name.
    package let userName: String
    /// The id of the project that the token is scoped to; nil for one of system scope.
    package let projectID: String?
    /// The project's name.
    package let projectName: String?
    /// The names of the roles that the user has there.
    package let roles: [String]

    package init(
        userID: String,
        userName: String,
        projectID: String?,
        projectName: String?,
        roles: [String]
    ) {
        self.userID = userID
        self.userName = userName
        self.projectID = projectID
        self.projectName = projectName
        self.roles = roles
    }
}

/// A bearer token as it is kept: never the token itself.
package struct TokenRecord: Hashable, Sendable {
    /// The row's number.
    package var id: Int64
    /// What people call it; unique among those not revoked.
    package var name: String
    /// What its bearer may do.
    package var role: Role
    /// The host that a bearer of the role `agent` speaks for; nil for any.
    package var host: HostName?
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
        host: HostName? = nil,
        hash: [UInt8],
        createdAt: Timestamp,
        revokedAt: Timestamp? = nil
    ) {
        self.id = id
        self.name = name
        self.role = role
        self.host = host
        self.hash = hash
        self.createdAt = createdAt
        self.revokedAt = revokedAt
    }
}
