/// How the cache is kept clean; the defaults are Nova's where Nova has one (`nova/conf/imagecache.py`).
package struct UpkeepConfiguration: Hashable, Sendable {
    /// Whether files are removed for their age; true by default (`remove_unused_base_images`).
    package var removesUnused: Bool
    /// How long an image must have been unused; 24 hours by default (`remove_unused_original_minimum_age_seconds`).
    package var unusedMinimumAge: Duration
    /// The same for resized images; an hour by default (`remove_unused_resized_minimum_age_seconds`).
    package var resizedMinimumAge: Duration
    /// The time between two sweeps; 40 minutes by default (`manager_interval`).
    package var sweepInterval: Duration
    /// Whether files that Nova made go when they are old; otherwise they are left alone, which is the default.
    package var agesNovaFiles: Bool
    /// The most bytes of disk that the cache may take; nil, the default, is no limit.
    package var maximumBytes: Int64?
    /// Whether a file must not be open in any process; true by default.
    package var asksProcesses: Bool
    /// How often each image is read again and digested; nil: never.
    ///
    /// 7 days by default.
    package var scrubInterval: Duration?
    /// How fast that is read, in bytes per second; 20 MiB by default.
    package var scrubRate: Int

    package init(
        removesUnused: Bool = true,
        unusedMinimumAge: Duration = .seconds(86_400),
        resizedMinimumAge: Duration = .seconds(3_600),
        sweepInterval: Duration = .seconds(2_400),
        agesNovaFiles: Bool = false,
        maximumBytes: Int64? = nil,
        asksProcesses: Bool = true,
        scrubInterval: Duration? = .seconds(7 * 86_400),
        scrubRate: Int = 20 << 20
    ) {
        self.removesUnused = removesUnused
        self.unusedMinimumAge = unusedMinimumAge
        self.resizedMinimumAge = resizedMinimumAge
        self.sweepInterval = sweepInterval
        self.agesNovaFiles = agesNovaFiles
        self.maximumBytes = maximumBytes
        self.asksProcesses = asksProcesses
        self.scrubInterval = scrubInterval
        self.scrubRate = scrubRate
    }
}
