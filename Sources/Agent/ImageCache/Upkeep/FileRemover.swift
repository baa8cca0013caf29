import CLinux
import Glibc
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
    let locks: NovaLocks

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

/// A file that is about to be removed and that nobody else can get at: no download of ours, not nova-compute, no process.
struct HeldFile {
    private let file: CachedFile
    private let open: OpenFile
    private let lease: FileLease.Answer?
    private let claim: StagingClaim
    private let lock: FetchLock

    /// What taking hold of a file came to.
    enum Hold {
        case held(HeldFile)
        case refused(KeepReason, String)

        /// Whether the kernel couldn't say if the file is open, so that proc(5) has to.
        var needsProcesses: Bool {
            guard case .held(let file) = self, case .unknown? = file.lease else { return false }
            return true
        }
    }

    /// Takes hold of a file, at once or not at all: nothing here waits.
    static func take(_ file: CachedFile, _ remover: FileRemover) -> Hold {
        guard let claim = remover.state.claim(file: file.name) else {
            return .refused(.busy, "a download has it in hand")
        }
        do throws(CacheError) {
            guard let lock = try remover.locks.tryLock(file.name) else {
                return .refused(.busy, "somebody else, nova-compute or another agent, holds its lock")
            }
            guard let open = try remover.layout.base.openForReading(file.name) else {
                return .refused(.busy, "it is gone already")
            }
            let lease = remover.scanner.asksProcesses ? FileLease.take(open) : nil
            guard lease != .open else { return .refused(.inUse, "a process has it open") }
            return .held(
                HeldFile(file: file, open: open, lease: lease, claim: claim, lock: lock)
            )
        } catch {
            // Of what can't be opened it can't be told, either, whether somebody else has it open.
            return .refused(.usageUnknown, error.description)
        }
    }

    /// Why the file stays after all; nil if it may go.
    ///
    /// - Parameter gap: Why proc(5) can't tell what all processes have open; nil if it can.
    /// - Returns: The reason, or nil.
    /// - Throws: ``CacheError`` with `io`.
    func reasonToStay(gap: String?) throws(CacheError) -> FileRemover.Outcome? {
        let now = try open.status()
        guard now.isRegular, now.links == 1, now.attributes == file.status.attributes else {
            return .kept(.busy, "it changed meanwhile")
        }
        switch lease {
        case nil: return nil
        case .unknown(let why)?:
            guard let gap else { return nil }
            return .kept(.usageUnknown, "no lease on it (\(why)), and \(gap)")
        case .held?, .open?:
            return FileLease.isHeld(open) ? nil : .kept(.inUse, "a process is about to open it")
        }
    }
}

/// The kernel's word that nobody else has a file open: a write lease (fcntl(2), F_SETLEASE).
///
/// It holds across users, containers and memory maps, and for as long as it is held whoever opens the file waits. It takes
/// the file's owner or CAP_LEASE, and a file system that is this machine's own.
enum FileLease {
    /// What asking for one came to.
    enum Answer: Hashable, Sendable {
        /// Nobody else has the file open, until its descriptor is closed.
        case held
        /// Somebody has.
        case open
        /// It can't be told, and why.
        case unknown(String)
    }

    /// Asks for a lease on an open file.
    static func take(_ file: OpenFile) -> Answer {
        if clinux_take_lease(file.descriptor) == 0 { return .held }
        let code = errno
        return code == EAGAIN ? .open : .unknown(String(cString: strerror(code)))
    }

    /// Whether a lease is still held in full: somebody who wants to open the file takes it away.
    static func isHeld(_ file: OpenFile) -> Bool { clinux_holds_lease(file.descriptor) == 1 }
}
