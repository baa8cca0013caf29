package import HTTPFetching
import PrecacheAPI

/// Where Keystone is, and who the service is there.
package struct KeystoneConfiguration: Sendable {
    /// The URL of Identity API v3, ending in `/v3`, without a slash behind it.
    package var authURL: String
    /// Who the service is.
    package var credential: KeystoneCredential
    /// Whom to trust over TLS; nil for the system's authorities.
    package var tls: ClientTLS?
    /// How much of its life a token must have left to be used, in so far as half its whole life is more.
    ///
    /// The default is 300 s.
    package var minimumLife: Duration = .seconds(300)
    /// The longest that one request may take.
    ///
    /// The default is 20 s.
    package var timeout: Duration = .seconds(20)

    /// A configuration; `authURL` may lack its `/v3`.
    package init(authURL: String, credential: KeystoneCredential, tls: ClientTLS? = nil) {
        var url = authURL[...]
        while url.last == "/" { url = url.dropLast() }
        self.authURL = url.hasSuffix("/v3") ? String(url) : url + "/v3"
        self.credential = credential
        self.tls = tls
    }

    /// Where callers without a token are sent, as keystonemiddleware says it.
    package var publicURL: String { String(authURL.dropLast("/v3".count)) }
}

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

/// Why Keystone couldn't be made use of.
package enum KeystoneError: Error, Hashable, Sendable, CustomStringConvertible {
    /// It doesn't answer, or not as it should, for now.
    case unavailable(String, retryAfter: Duration?)
    /// It doesn't take the service's own credentials, or the service's user may not do this: someone has to change
    /// something.
    case refused(String)

    /// What happened, for people; holds no secret.
    package var description: String {
        switch self {
        case .unavailable(let detail, _), .refused(let detail): detail
        }
    }
}
