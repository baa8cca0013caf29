import Settings

/// The compute service that lives on the same host.
extension AgentSettings {
    static let instances = Setting<String?>.path(
        "instances.directory",
        example: "/var/lib/nova/instances",
        help:
            "Nova's instances directory (its instances_path): what the guests' disks refer to is in use, and the lock "
            + "files below it keep the agent and nova-compute from fetching one image twice. If left out it is the "
            + "directory that holds cache.directory where that is called _base; otherwise there is no Nova."
    )
    static let lockWait = Setting<Duration>.seconds(
        "instances.lock_wait_seconds",
        default: .seconds(600),
        range: .seconds(1) ... .seconds(86_400),
        help: "How long to wait while nova-compute fetches the same image; then the image ends as an error."
    )

    /// The settings of this group.
    static let nova: [any AnySetting] = [instances, lockWait]
}
