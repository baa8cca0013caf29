import ImageCache
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

    static let reserve = Setting<ConversionReserve>.choice(
        "cache.reserve",
        default: .virtual,
        help:
            "What room is set aside before an image is converted: virtual, all of its disk; or allocated, what the image has of "
            + "it by its own tables, where thin images of large disks are common."
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

    static let maxLeasedBytes = Setting<Int>.bytes(
        "cache.max_leased_bytes",
        default: 0,
        help:
            "What images may take on the disk that the service's policies keep here; the next one ends as no_space. 0: no bound "
            + "but the disk's."
    )

    /// The settings of this group.
    static let cache: [any AnySetting] = [
        directory, backend, owner, group, mode, convertToRaw, qemuImage, reserve, minimumFree, maxBytes,
        maxLeasedBytes,
    ]
}

/// What keeps images on the host.
package enum CacheBackend: String, Sendable, CaseIterable {
    /// Files in a directory, as with Nova's own cache.
    case files
    /// Nothing: the instances' storage needs no cache.
    case none
}

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
    static let novaMinimumAge = Setting<Duration>.seconds(
        "instances.minimum_age_seconds",
        default: .seconds(86_400),
        range: .seconds(1) ... .seconds(315_360_000),
        help:
            "Nova's [image_cache] remove_unused_original_minimum_age_seconds, if it was changed: pinned images get a fresh "
            + "time at least four times in it, so that nova-compute's cache manager keeps them."
    )

    /// The settings of this group.
    static let nova: [any AnySetting] = [instances, lockWait, novaMinimumAge]
}

/// How the cache is kept clean; the defaults are those of Nova's `[image_cache]` where it has one.
extension AgentSettings {
    static let removeUnused = Setting<Bool>.bool(
        "cache.remove_unused",
        default: true,
        help:
            "Whether cached files that nothing uses are removed when they are old. Files in use, pinned ones and those "
            + "that it can't be told of stay in any case."
    )
    static let unusedAge = Setting<Duration>.seconds(
        "cache.unused_minimum_age_seconds",
        default: .seconds(86_400),
        help: "How long an image must have been unused before it is removed."
    )
    static let resizedAge = Setting<Duration>.seconds(
        "cache.resized_minimum_age_seconds",
        default: .seconds(3_600),
        help: "The same for images that Nova resized (<sha1>_<size>)."
    )
    static let sweepInterval = Setting<Duration>.seconds(
        "cache.sweep_interval_seconds",
        default: .seconds(2_400),
        range: .seconds(1) ... .seconds(604_800),
        help: "The time between two looks at what is in use and what may go."
    )
    static let novaFiles = Setting<NovaFilesPolicy>.choice(
        "cache.nova_files",
        default: .leave,
        help:
            "What becomes of files in the cache that Nova made (images, resized ones, swap_*, ephemeral_*): leave them to "
            + "Nova, or let them age as Nova does. Anything else in the directory is never touched."
    )
    static let openFiles = Setting<OpenFilesPolicy>.choice(
        "cache.open_files",
        default: .check,
        help:
            "Whether a file must not be open in any process before it is removed (check: the kernel is asked, which "
            + "takes the file's owner or CAP_LEASE; where it can't tell, all of /proc must be readable, else the file "
            + "stays), or instances' disks alone tell (ignore)."
    )
    static let scrubInterval = Setting<Duration>.seconds(
        "cache.scrub_interval_seconds",
        default: .seconds(604_800),
        help: "How often each image is read again and compared with its digest; 0: never."
    )
    static let scrubRate = Setting<Int>.bytes(
        "cache.scrub_rate_bytes_per_second",
        default: 20 << 20,
        range: 65_536...Int.max,
        help: "How fast that is read, at idle I/O priority."
    )

    /// The settings of this group.
    static let upkeep: [any AnySetting] = [
        removeUnused, unusedAge, resizedAge, sweepInterval, novaFiles, openFiles, scrubInterval, scrubRate,
    ]
}

/// What becomes of files that Nova made in the cache directory.
enum NovaFilesPolicy: String, Sendable, CaseIterable {
    /// Nova's own cache manager sees to them.
    case leave
    /// They go when they are old and unused, by Nova's own rules.
    case age
}

/// Whether processes are asked before a file goes.
enum OpenFilesPolicy: String, Sendable, CaseIterable {
    /// A file stays while a process has it open, and also while that can't be told.
    case check
    /// Instances' disks alone tell who uses a file, as for Nova itself.
    case ignore
}
