import Settings

/// How the cache is kept.
extension AgentSettings {
    static let directory = Setting<String>.path(
        "cache.directory",
        default: "/var/lib/nova/instances/_base",
        help: "Where images are kept; it must exist. Nova's own cache is _base in its instances directory."
    )

    static let owner = Setting<String?>.string(
        "cache.owner",
        example: "nova",
        help: "The user, by name or number, whom finished files are given to; the agent's own if left out."
    )
    static let group = Setting<String?>.string(
        "cache.group",
        example: "nova",
        help: "The group, by name or number, whom finished files are given to; the agent's own if left out."
    )
    static let mode = Setting<String>.string(
        "cache.mode",
        default: "0644",
        help:
            "The permissions of finished files, in octal digits; libvirt's QEMU, another user, has to read them."
    )
    static let convertToRaw = Setting<Bool>.bool(
        "cache.convert_to_raw",
        default: true,
        help:
            "Turn qcow2, VMDK, VHD, VHDX and VDI images into plain disks, as Nova does unless its force_raw_images is off."
    )
    static let qemuImage = Setting<String>.string(
        "cache.qemu_img",
        default: "qemu-img",
        help:
            "The program that converts images, qemu-img 5.0 or newer: a path, or a name to be found where programs are."
    )

    static let backend = Setting<CacheBackend>.choice(
        "cache.backend",
        default: .files,
        help:
            "What keeps images here: files in cache.directory, or none, where instances need no cache (as with RBD shared with "
            + "Glance): then every image ends as unsupported at once, and no directory is needed."
    )
    static let minimumFree = Setting<Int>.bytes(
        "cache.minimum_free_bytes",
        default: 1 << 30,
        help: "What downloads leave free on the cache's file system; unused images go before that is touched."
    )
    static let maxBytes = Setting<Int?>.bytes(
        "cache.max_bytes",
        range: 1 << 20...Int.max,
        help:
            "What the cache may take on the disk, Nova's files in it included; unused images go before it takes more. No bound "
            + "if left out."
    )

    /// The settings of this group.
    static let cache: [any AnySetting] = [
        directory, backend, owner, group, mode, convertToRaw, qemuImage, minimumFree, maxBytes,
    ]
}
