import Settings

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
