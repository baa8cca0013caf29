/// Whom Keystone says a token belongs to.
public struct KeystoneIdentity: Hashable, Sendable {
    /// The user's id.
    public let userID: String
    /// The user's name.
    public let userName: String
    /// The id of the project that the token is scoped to; nil for one of system scope.
    public let projectID: String?
    /// The project's name.
    public let projectName: String?
    /// The names of the roles that the user has there.
    public let roles: [String]

    /// Puts an identity together.
    public init(
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
