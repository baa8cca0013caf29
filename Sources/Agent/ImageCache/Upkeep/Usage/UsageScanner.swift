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
