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

    /// The settings of this group.
    static let cache: [any AnySetting] = [directory, owner, group, mode, convertToRaw, qemuImage]
}
