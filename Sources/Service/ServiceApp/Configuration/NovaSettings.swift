import Settings

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
