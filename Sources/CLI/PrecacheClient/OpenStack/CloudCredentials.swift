import PrecacheAPI

/// How to come into a cloud, by the names that OpenStack's clients use for it: `auth_url`, `username`, `password`….
///
/// Holds secrets: never printed.
package struct CloudCredentials: Sendable, CustomStringConvertible {
    /// Keystone's address, ending in `/v3`.
    package let authURL: String
    /// The region to choose endpoints in; nil where there is one only.
    package let region: String?
    /// Which endpoints: `public`, `internal` or `admin`.
    package let interface: String
    /// PEM file of the authorities that the cloud's certificates come from; nil for the system's.
    package let caFile: String?

    private let values: [String: String]

    /// Checks credentials.
    ///
    /// - Parameters:
    ///   - values: The values by name.
    ///   - source: Where they came from, for messages: `the environment`, `the cloud 'x' of clouds.yaml`.
    /// - Throws: ``ClientError`` of kind `input` that names what is missing.
    package init(_ values: [String: String], source: String) throws(ClientError) {
        self.values = values.filter { !$0.value.isEmpty }
        func refusal(_ message: String) -> ClientError {
            ClientError(
                .input,
                "\(source) \(message)",
                hint:
                    "Set OS_AUTH_URL and the rest as for the openstack client, or name a cloud with --os-cloud."
            )
        }
        guard let url = self.values["auth_url"] else { throw refusal("says no OS_AUTH_URL (auth_url)") }
        authURL = try Self.versioned(url)
        region = self.values["region_name"]
        let interface = self.values["interface"] ?? "public"
        self.interface = interface.hasSuffix("URL") ? String(interface.dropLast(3)) : interface
        caFile = self.values["cacert"]
        if let type = self.values["auth_type"], !Self.authTypes.contains(type) {
            throw refusal(
                "says auth_type \(type): only \(Self.authTypes.joined(separator: ", ")) are done here"
            )
        }
        if isApplicationCredential {
            guard
                self.values["application_credential_id"] != nil
                    || self.values["application_credential_name"] != nil
            else {
                throw refusal("has a secret of an application credential but neither its id nor its name")
            }
            return
        }
        guard self.values["password"] != nil, self.values["username"] ?? self.values["user_id"] != nil else {
            throw refusal("has neither a user with a password nor an application credential")
        }
        let scopes = self.scopes
        guard let only = scopes.first, scopes.count == 1 else {
            let what =
                scopes.isEmpty
                ? "says no project (OS_PROJECT_NAME or OS_PROJECT_ID), nor a domain, nor a system_scope"
                : "says several of a project, a domain, a trust and a system_scope: a token has one of them"
            throw refusal(what)
        }
        guard only != .system || self.values["system_scope"] == "all" else {
            throw refusal("says a system_scope other than all, and Keystone knows no other")
        }
    }

    /// What a token may be for.
    private enum Scope {
        case project, domain, trust, system
    }

    private static let authTypes = ["password", "v3password", "v3applicationcredential"]

    private var isApplicationCredential: Bool {
        values["application_credential_secret"] != nil && values["auth_type"]?.hasSuffix("password") != true
    }

    /// What is asked for: one, if the values are right.
    private var scopes: [Scope] {
        let keys: [(Scope, [String])] = [
            (.project, ["project_name", "project_id"]), (.domain, ["domain_name", "domain_id"]),
            (.trust, ["trust_id"]), (.system, ["system_scope"]),
        ]
        return keys.filter { $0.1.contains { values[$0] != nil } }.map(\.0)
    }

    /// A value by its name.
    subscript(name: String) -> String? { values[name] }

    /// Where, but neither who nor how.
    package var description: String { "credentials for \(authURL)" }

    /// Keystone's third version, which `OS_AUTH_URL` often leaves out.
    private static func versioned(_ text: String) throws(ClientError) -> String {
        let address: ServiceAddress
        do {
            address = try ServiceAddress(text)
        } catch {
            throw ClientError(.input, "OS_AUTH_URL is no address: \(error.message)")
        }
        if address.text.hasSuffix("/v3") { return address.text }
        guard !address.text.hasSuffix("/v2.0") else {
            throw ClientError(
                .input,
                "OS_AUTH_URL asks for version 2.0 of Keystone's API, which is gone: use /v3"
            )
        }
        return address.text + "/v3"
    }
}

extension CloudCredentials {
    /// The body of `POST /v3/auth/tokens` (Keystone's API, "Password authentication with scoped authorization", "Authenticating
    /// with an Application Credential").
    var tokenRequest: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.object("auth") { json in
                json.object("identity") { json in
                    if isApplicationCredential {
                        applicationCredential(&json)
                    } else {
                        password(&json)
                    }
                }
                // An application credential has its project in itself.
                if !isApplicationCredential { scope(&json) }
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
            switch scopes.first {
            case .system: json.object("system") { $0.member("all", true) }
            case .trust: json.object("OS-TRUST:trust") { $0.member("id", self["trust_id"]) }
            case .domain:
                json.object("domain") { json in
                    if let id = self["domain_id"] {
                        json.member("id", id)
                    } else {
                        json.member("name", self["domain_name"])
                    }
                }
            case .project, nil:
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
