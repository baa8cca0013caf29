import HTTPFetching
import Identity
import Settings

/// The cloud that the service belongs to: who it is there, and whom it believes.
struct CloudConfiguration: Sendable {
    var keystone: KeystoneConfiguration
    var gate: KeystoneGateConfiguration
    var region: String?
    var interface: String
    /// Glance's endpoints; none to take the catalogue's.
    var endpoints: [String]

    /// Reads the settings; nil if they name no cloud, or none that can be used, which is noted.
    init?(_ values: SettingsValues, _ mode: AuthenticationMode, _ problems: inout [String]) {
        endpoints = Self.words(values[CloudSettings.endpoints] ?? "")
        for endpoint in endpoints where !Self.isURL(endpoint) {
            problems.append(
                "glance.endpoint: '\(endpoint)' is no http:// or https:// URL without user and query"
            )
        }
        guard let authURL = values[CloudSettings.authURL] else {
            if mode.asksKeystone {
                problems.append("auth.mode = \"\(mode.rawValue)\" needs keystone.auth_url")
            }
            if !endpoints.isEmpty { problems.append("glance.endpoint needs keystone.auth_url beside it") }
            return nil
        }
        guard let credential = Self.credential(values, &problems) else { return nil }
        let tls = values[CloudSettings.authorities].map { ClientTLS(caFile: $0) }
        keystone = KeystoneConfiguration(authURL: authURL, credential: credential, tls: tls)
        keystone.minimumLife = values[CloudSettings.minimumLife]
        gate = KeystoneGateConfiguration(
            roles: RoleMapping(
                admin: Self.words(values[CloudSettings.adminRoles]),
                operator: Self.words(values[CloudSettings.operatorRoles]),
                reader: Self.words(values[CloudSettings.readerRoles])
            )
        )
        gate.cacheTime = values[CloudSettings.cacheTime]
        region = values[CloudSettings.region]
        interface = values[CloudSettings.interface].rawValue
    }

    private static func credential(
        _ values: SettingsValues,
        _ problems: inout [String]
    ) -> KeystoneCredential? {
        let (user, password) = (values[CloudSettings.username], values[CloudSettings.password])
        let (id, secret) = (values[CloudSettings.credentialID], values[CloudSettings.credentialSecret])
        switch (user, password, id, secret) {
        case (let user?, let password?, nil, nil):
            return .password(
                user: user,
                userDomain: values[CloudSettings.userDomain],
                password: password.text,
                project: values[CloudSettings.projectName],
                projectDomain: values[CloudSettings.projectDomain]
            )
        case (nil, nil, let id?, let secret?):
            return .applicationCredential(id: id, secret: secret.text)
        default:
            problems.append(
                "keystone.auth_url needs either keystone.username and keystone.password, or "
                    + "keystone.application_credential_id and keystone.application_credential_secret, beside it"
            )
            return nil
        }
    }

    /// What stands between commas.
    private static func words(_ text: String) -> [String] {
        text.split(separator: ",").map { $0.split(separator: " ").joined(separator: " ") }.filter {
            !$0.isEmpty
        }
    }

    private static func isURL(_ text: String) -> Bool {
        (text.hasPrefix("http://") || text.hasPrefix("https://"))
            && !text.contains(where: { "@?# ".contains($0) }) && !text.hasSuffix("//")
    }
}
