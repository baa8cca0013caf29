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
        publicURL = values[NovaSettings.publicURL].map { url in
            String(url.reversed().drop { $0 == "/" }.reversed())
        }
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
