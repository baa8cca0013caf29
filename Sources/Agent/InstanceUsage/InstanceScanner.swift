import Glibc

/// Finds out which files the disks of a host's instances stand on, from Nova's instances directory.
///
/// Every regular file there that has the header of a disk counts, in whatever folder: `<uuid>/disk`, `disk.local`,
/// `disk.eph0`, `disk.swap`, `disk.config`, those of `<uuid>_resize` and others. Nothing is trusted: depth, chains and
/// loops are bounded, and what can't be read is a problem that the answer tells of.
package struct InstanceScanner: Sendable {
    /// The instances directory.
    package let path: String
    private let cache: FileID?
    /// How long a folder must have been the same for its times to tell of every change, in nanoseconds.
    private let settling: Int64

    /// Names a directory.
    ///
    /// - Parameters:
    ///   - path: Nova's `instances_path`.
    ///   - cache: The cache directory, which isn't looked into.
    package init(path: String, cache: FileID?) {
        // File systems count time in steps of up to two seconds.
        self.init(path: path, cache: cache, settling: 4_000_000_000)
    }

    init(path: String, cache: FileID?, settling: Int64) {
        self.path = path
        self.cache = cache
        self.settling = settling
    }

    /// Looks at every disk.
    ///
    /// Blocks.
    package func scan() -> InstanceScan { look(known: [:]) }

    /// Looks at what has been added since another look: folders whose times are the same are passed over.
    ///
    /// Blocks, about a microsecond for an instance.
    package func changes(since scan: InstanceScan) -> InstanceScan { look(known: scan.folders) }

    private func look(known: [FileID: FolderStamp]) -> InstanceScan {
        let root = retrying { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard root >= 0 else {
            var scan = InstanceScan()
            scan.problems.add("\(path): \(String(cString: strerror(errno)))")
            return scan
        }
        var walk = InstanceWalk(known: known, settling: settling)
        if let cache { walk.passed.insert(cache) }
        walk.root(root, path: path)
        return walk.scan
    }
}
