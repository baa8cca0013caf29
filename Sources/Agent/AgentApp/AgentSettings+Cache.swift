import Settings

/// How the cache is kept.
extension AgentSettings {
    static let directory = Setting<String>.path(
        "cache.directory",
        default: "/var/lib/nova/instances/_base",
        help: "Where images are kept; it must exist. Nova's own cache is _base in its instances directory."
    )

    /// The settings of this group.
    static let cache: [any AnySetting] = [directory]
}
