import PrecacheAPI

extension CloudCredentials {
    /// The body of `POST /v3/auth/tokens` (Keystone's API, "Password authentication with scoped authorization", "Authenticating
    /// with an Application Credential").
    var tokenRequest: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.object("auth") { json in
                json.object("identity") { json in
                    if self["application_credential_secret"] != nil {
                        applicationCredential(&json)
                    } else {
                        password(&json)
                    }
                }
                // An application credential has its project in itself.
                if self["application_credential_secret"] == nil { scope(&json) }
            }
        }
        return json.bytes
    }

    private func password(_ json: inout JSONWriter) {
        json.array("methods", ["password"]) { $0.string($1) }
        json.object("password") { json in
            json.object("user") { json in
                user(&json)
                json.member("password", self["password"])
            }
        }
    }

    private func applicationCredential(_ json: inout JSONWriter) {
        json.array("methods", ["application_credential"]) { $0.string($1) }
        json.object("application_credential") { json in
            if let id = self["application_credential_id"] {
                json.member("id", id)
            } else {
                json.member("name", self["application_credential_name"])
                json.object("user") { user(&$0) }
            }
            json.member("secret", self["application_credential_secret"])
        }
    }

    private func user(_ json: inout JSONWriter) {
        if let id = self["user_id"] {
            json.member("id", id)
        } else {
            json.member("name", self["username"])
            domain(&json, "user")
        }
    }

    private func scope(_ json: inout JSONWriter) {
        json.object("scope") { json in
            json.object("project") { json in
                if let id = self["project_id"] {
                    json.member("id", id)
                } else {
                    json.member("name", self["project_name"])
                    domain(&json, "project")
                }
            }
        }
    }

    /// By id or name; without either the domain that every Keystone begins with.
    private func domain(_ json: inout JSONWriter, _ of: String) {
        json.object("domain") { json in
            if let id = self["\(of)_domain_id"] {
                json.member("id", id)
            } else if let name = self["\(of)_domain_name"] {
                json.member("name", name)
            } else {
                json.member("id", self["default_domain"] ?? "default")
            }
        }
    }
}
