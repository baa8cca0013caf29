import PrecacheModel
import Settings

/// How Nova's API is served.
struct NovaConfiguration: Sendable {
    /// The address for links, without a slash at the end; nil takes it from each request.
    let publicURL: String?
    /// The role that may start jobs by it.
    let imagesRole: Role
    /// The zone of hosts that no aggregate puts in one.
    let defaultZone: String

    /// Reads the settings; notes a zone that can't be one.
    init(_ values: SettingsValues, _ problems: inout [String]) {
        publicURL = values.base(NovaSettings.publicURL, &problems)
        imagesRole = Role(rawValue: values[NovaSettings.imagesRole]) ?? .admin
        defaultZone = values[NovaSettings.defaultZone]
        if !PrintableText.isName(defaultZone, upTo: 255) || defaultZone.contains(":") {
            problems.append(
                "nova.default_availability_zone must be 1 to 255 printable characters without ':', no white space at "
                    + "either end"
            )
        }
    }
}

extension SettingsValues {
    /// A URL that paths are put after: without a slash at the end; notes one that nothing can be put after.
    func base(_ setting: Setting<String?>, _ problems: inout [String]) -> String? {
        guard let url = self[setting] else { return nil }
        if url.contains(where: { "?#".contains($0) }) {
            problems.append(
                "\(setting.definition.key) '\(url)' has a query or a fragment: leave it out, for paths are put after it"
            )
        }
        return String(url.reversed().drop { $0 == "/" }.reversed())
    }
}

/// The settings of Nova's API.
enum NovaSettings {
    static let publicURL = Setting.url(
        "nova.public_url",
        example: "https://cloud.example.org:8774",
        help:
            "Where OpenStack's clients reach this service, for the links in version documents. Without it, the address "
            + "that each request was sent to."
    )
    static let imagesRole = Setting.choice(
        "nova.images_role",
        of: ["admin", "operator"],
        default: "admin",
        help:
            "The role that may start jobs by Nova's API: admin, as in Nova, or operator, as in this service's own."
    )
    static let defaultZone = Setting.string(
        "nova.default_availability_zone",
        default: "nova",
        help: "The availability zone of hosts that no aggregate puts in one."
    )

    static let all: [any AnySetting] = [publicURL, imagesRole, defaultZone]
}
