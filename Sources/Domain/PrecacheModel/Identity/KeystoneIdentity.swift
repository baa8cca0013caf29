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
