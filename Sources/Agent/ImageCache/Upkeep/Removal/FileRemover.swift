import InstanceUsage

/// Removes files, or moves them to quarantine, so that nobody who begins to use one meanwhile loses it.
///
/// As Nova's own cache manager does (`nova/virt/libvirt/imagecache.py`, `_remove_old_enough_file`): under the lock that
/// nova-compute takes while it fetches the file and makes an overlay on it, the file's age is looked at once more, since
/// whoever begins to use a file renews its age first (`imagebackend.py`, `_update_utime_ignore_eacces`). Beyond that
/// the instances that have come since the scan are looked at, and the kernel is asked whether a process has the file open.
/// Blocks, but waits for nobody.
struct FileRemover {
    let layout: CacheLayout
    let state: CacheState
    let scanner: UsageScanner
    let novaLocks: NovaLocks?

    /// What became of a file.
    enum Outcome {
        case removed
        case kept(KeepReason, String?)
    }

    /// Files that are held at once, so that new instances are looked for once for all of them.
    static let batch = 64

    /// Removes at most ``batch`` files.
    ///
    /// - Parameters:
    ///   - files: The files, as they were judged.
    ///   - use: What was found in use; what has come since is added.
    ///   - judge: The last word on a file, with the use as it is then.
    ///   - removing: Does it.
    /// - Returns: What became of each, in the same order.
    /// - Throws: ``CacheError`` of what does it; then the rest isn't touched.
    func remove(
        _ files: [CachedFile],
        _ use: inout CacheUse,
        _ judge: (CachedFile, CacheUse) -> FileVerdict,
        removing: (CachedFile) throws(CacheError) -> Void
    ) throws(CacheError) -> [Outcome] {
        let held = files.map { HeldFile.take($0, self) }
        use.instances.add(scanner.changes(since: use))
        var gap: String?
        if held.contains(where: \.needsProcesses) {
            use.processes = try scanner.openFiles()
            gap = use.processes.gap
        }
        var outcomes: [Outcome] = []
        for (file, candidate) in zip(files, held) {
            switch candidate {
            case .refused(let reason, let detail): outcomes.append(.kept(reason, detail))
            case .held(let candidate):
                if let kept = try candidate.reasonToStay(gap: gap) {
                    outcomes.append(kept)
                } else if case .stays(let reason, _) = judge(file, use) {
                    outcomes.append(.kept(reason, use.gap))
                } else {
                    try removing(file)
                    outcomes.append(.removed)
                }
            }
        }
        return outcomes
    }
}
