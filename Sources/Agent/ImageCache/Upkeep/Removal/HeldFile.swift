/// A file that is about to be removed and that nobody else can get at: no download of ours, not nova-compute, no process.
struct HeldFile {
    private let file: CachedFile
    private let open: OpenFile
    private let lease: FileLease.Answer?
    private let claim: StagingClaim
    private let novaLock: FetchLock?

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
            var novaLock: FetchLock?
            if let locks = remover.novaLocks {
                novaLock = try locks.tryLock(file.name)
                guard novaLock != nil else { return .refused(.busy, "nova-compute holds its lock") }
            }
            guard let open = try remover.layout.base.openForReading(file.name) else {
                return .refused(.busy, "it is gone already")
            }
            let lease = remover.scanner.asksProcesses ? FileLease.take(open) : nil
            guard lease != .open else { return .refused(.inUse, "a process has it open") }
            return .held(
                HeldFile(file: file, open: open, lease: lease, claim: claim, novaLock: novaLock)
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
