import InstanceUsage

/// Finds out who uses the cache's files; blocks.
struct UsageScanner {
    let instances: InstanceScanner?
    let layout: CacheLayout
    let asksProcesses: Bool

    init(layout: CacheLayout, instances path: String?, asksProcesses: Bool) throws(CacheError) {
        self.layout = layout
        self.asksProcesses = asksProcesses
        let cache = try layout.base.status(of: ".")?.id
        instances = path.map { InstanceScanner(path: $0, cache: cache) }
    }

    /// Looks at all instances and processes.
    func scan() throws(CacheError) -> CacheUse {
        CacheUse(
            instances: instances?.scan() ?? InstanceScan(),
            processes: try openFiles(),
            at: ImageCache.now()
        )
    }

    /// What has been added since.
    func changes(since use: CacheUse) -> InstanceScan {
        instances?.changes(since: use.instances) ?? InstanceScan()
    }

    /// Which files of the cache's file system processes have open.
    func openFiles() throws(CacheError) -> OpenFileScan {
        guard asksProcesses, let cache = try layout.base.status(of: ".") else { return OpenFileScan() }
        return OpenFileScanner().scan(device: cache.id.device)
    }
}

/// Who uses which cached file, as found at one time.
struct CacheUse {
    var instances: InstanceScan
    var processes: OpenFileScan
    /// When that was found: microseconds since 1970, UTC.
    var at: Int64

    /// Why nothing is known to be unused; nil if the disks of all instances could be read.
    ///
    /// A gap among the processes isn't one: each file is asked again before it goes.
    var gap: String? {
        let problems = instances.problems
        guard problems.count > 0 else { return nil }
        let more =
            problems.count > problems.examples.count
            ? " and \(problems.count - problems.examples.count) more" : ""
        return problems.examples.joined(separator: "; ") + more
    }

    /// Whether anything uses the file, or it has another name, which may be an instance's disk.
    func isUsed(_ file: CachedFile) -> Bool {
        file.status.links > 1 || instances.files[file.status.id] != nil || instances.names[file.name] != nil
            || processes.files[file.status.id] != nil
    }

    /// The disks that stand on the file.
    func disks(on file: CachedFile) -> FileUsers {
        let (byFile, byName) = (instances.files[file.status.id], instances.names[file.name])
        guard let byFile, let byName else { return byFile ?? byName ?? FileUsers() }
        return byFile.count >= byName.count ? byFile : byName
    }

    /// The processes that have it open.
    func processes(on file: CachedFile) -> FileUsers { processes.files[file.status.id] ?? FileUsers() }
}
