import PrecacheAPI

/// Who the service is at Keystone.
package enum KeystoneCredential: Sendable, CustomStringConvertible {
    /// A user with a password, in a project.
    case password(user: String, userDomain: String, password: String, project: String, projectDomain: String)
    /// An application credential, which knows its user and project.
    case applicationCredential(id: String, secret: String)

    /// Never the secret.
    package var description: String {
        switch self {
        case .password(let user, _, _, let project, _): "user \(user) in project \(project)"
        case .applicationCredential(let id, _): "application credential \(id)"
        }
    }

    /// The body of `POST /v3/auth/tokens` (Identity API v3, "Password authentication with scoped authorization" and
    /// "Authenticating with an Application Credential").
    func body() -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.object("auth") { json in
                switch self {
                case .password(let user, let userDomain, let password, let project, let projectDomain):
                    json.object("identity") { json in
                        json.array("methods", CollectionOfOne("password")) { $0.string($1) }
                        json.object("password") { json in
                            json.object("user") { json in
                                json.member("name", user)
                                json.object("domain") { $0.member("id", userDomain) }
                                json.member("password", password)
                            }
                        }
                    }
                    json.object("scope") { json in
                        json.object("project") { json in
                            json.member("name", project)
                            json.object("domain") { $0.member("id", projectDomain) }
                        }
                    }
                case .applicationCredential(let id, let secret):
                    json.object("identity") { json in
                        json.array("methods", CollectionOfOne("application_credential")) { $0.string($1) }
                        json.object("application_credential") { json in
                            json.member("id", id)
                            json.member("secret", secret)
                        }
                    }
                }
            }
        }
        return json.bytes
    }
}
