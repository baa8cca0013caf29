import InstanceUsage

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
