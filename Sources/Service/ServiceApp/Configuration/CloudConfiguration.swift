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
    /// Whether images may come without a digest.
    var allowsUnverified: Bool

    /// Reads the settings; nil if they name no cloud, or none that can be used, which is noted.
    init?(_ values: SettingsValues, _ mode: AuthenticationMode, _ problems: inout [String]) {
        allowsUnverified = values[CloudSettings.allowsUnverified]
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

/// The settings of the OpenStack cloud that the service belongs to.
enum CloudSettings {
    /// Which of an endpoint's URLs in the catalogue is used.
    enum Interface: String, Sendable, CaseIterable {
        case `public`
        case `internal`
        case admin
    }

    static let authURL = Setting.url(
        "keystone.auth_url",
        example: "https://keystone.example:5000/v3",
        help: "Keystone's URL. With it, and with who the service is there, images may come from Glance."
    )
    static let username = Setting.string(
        "keystone.username",
        example: "precache",
        help: "The service's user: role 'service' to validate tokens, and 'member' to read images."
    )
    static let password = Setting.secret("keystone.password", help: "The user's password.")
    static let projectName = Setting.string(
        "keystone.project_name",
        default: "service",
        help: "The user's project."
    )
    static let userDomain = Setting.string(
        "keystone.user_domain_id",
        default: "default",
        help: "The id of the user's domain."
    )
    static let projectDomain = Setting.string(
        "keystone.project_domain_id",
        default: "default",
        help: "The id of the project's domain."
    )
    static let credentialID = Setting.string(
        "keystone.application_credential_id",
        example: "b64c6f3a9d5b4f3c8f3e2d1c0b9a8776",
        help: "An application credential, in place of user name, password and project."
    )
    static let credentialSecret = Setting.secret(
        "keystone.application_credential_secret",
        help: "The application credential's secret."
    )
    static let region = Setting.string(
        "keystone.region_name",
        example: "RegionOne",
        help: "The region whose endpoints are used; needed where the catalogue has several."
    )
    static let interface = Setting<Interface>.choice(
        "keystone.interface",
        default: .public,
        help: "Which endpoints of the catalogue are used. Hosts fetch images there, so they must reach them."
    )
    static let authorities = Setting.path(
        "keystone.ca",
        example: "/etc/precache/tls/cloud-ca.pem",
        help: "PEM file of the authorities of Keystone's and Glance's certificates; the system's if left out."
    )
    static let adminRoles = Setting.string(
        "keystone.admin_roles",
        default: "admin",
        help: "Keystone roles, separated by commas, whose holders may do everything."
    )
    static let operatorRoles = Setting.string(
        "keystone.operator_roles",
        default: "member",
        help: "Keystone roles whose holders may start, cancel and retry jobs, besides looking at everything."
    )
    static let readerRoles = Setting.string(
        "keystone.reader_roles",
        default: "reader",
        help: "Keystone roles whose holders may look at everything."
    )
    static let cacheTime = Setting.seconds(
        "keystone.cache_seconds",
        default: .seconds(60),
        range: .milliseconds(10) ... .seconds(300),
        help:
            "How long a caller's token is believed without asking Keystone again: a revocation is noticed within this."
    )
    static let minimumLife = Setting.seconds(
        "keystone.token_life_seconds",
        default: .seconds(300),
        range: .seconds(1) ... .seconds(86_400),
        help:
            "How much of its life the service's own token must have left when a host gets it with an attempt; half its "
            + "life is always enough."
    )
    static let endpoints = Setting.string(
        "glance.endpoint",
        example: "https://glance-1.example:9292, https://glance-2.example:9292",
        help:
            "Glance's URL, or several separated by commas, which are used in turn; the catalogue's endpoints of type "
            + "'image' if left out."
    )
    static let allowsUnverified = Setting.bool(
        "glance.allow_unverified",
        default: false,
        help:
            "Cache images of which Glance knows no digest, and report them as not verified. Without it a job may still "
            + "ask for that by its own allow_unverified."
    )

    static let all: [any AnySetting] = [
        authURL, username, password, projectName, userDomain, projectDomain, credentialID, credentialSecret,
        region, interface, authorities, adminRoles, operatorRoles, readerRoles, cacheTime, minimumLife,
        endpoints, allowsUnverified,
    ]
}
