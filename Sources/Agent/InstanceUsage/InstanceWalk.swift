import Glibc

/// One walk through an instances directory.
struct InstanceWalk {
    var scan = InstanceScan()
    /// Folders that aren't entered: the cache, and those entered already.
    var passed: Set<FileID> = []
    private let known: [FileID: FolderStamp]
    private let settling: Int64
    private var chains = DiskChains()

    /// How deep folders may lie below the instances directory; Nova makes one level.
    private static let depth = 4
    /// What beside the cache lies in an instances directory and holds no disks: Nova's locks, and what file systems keep
    /// at their top, readable for root alone or full of copies.
    private static let foreign: Set<String> = ["locks", "lost+found", ".snapshot", ".snapshots", ".zfs"]

    init(known: [FileID: FolderStamp], settling: Int64) {
        self.known = known
        self.settling = settling
    }

    /// Walks; closes the descriptor.
    mutating func root(_ descriptor: Int32, path: String) {
        if let status = status(of: descriptor) { passed.insert(FileID(status)) }
        enter(descriptor, path: path, instance: "", level: 0, rawDisks: [])
    }

    private mutating func enter(
        _ descriptor: Int32,
        path: String,
        instance: String,
        level: Int,
        rawDisks: Set<String>
    ) {
        var stamp = status(of: descriptor).flatMap { FolderStamp($0, settling: settling) }
        let identity = status(of: descriptor).map(FileID.init)
        let failure = FolderEntries.each(descriptor) { name, kind in
            let text = String(cString: name)
            if level == 0, Self.foreign.contains(text) { return }
            let isFolder = entry(
                name,
                kind,
                in: descriptor,
                path: "\(path)/\(text)",
                instance: level == 0 ? text : "\(instance)/\(text)",
                level: level,
                rawDisks: rawDisks
            )
            if isFolder { stamp?.hasFolders = true }
        }
        guard failure == 0 else {
            // Instances' folders come and go; their common one doesn't.
            return level == 0 ? note(path, failure) : problem(path, failure)
        }
        if level > 0, let identity, let stamp { scan.folders[identity] = stamp }
    }

    /// Looks at one entry; says whether it is a folder.
    private mutating func entry(
        _ name: UnsafePointer<CChar>,
        _ kind: FolderEntries.Kind,
        in folder: Int32,
        path: String,
        instance: String,
        level: Int,
        rawDisks: Set<String>
    ) -> Bool {
        switch kind {
        case .other: return false
        case .file:
            disk(name, in: folder, path: path, instance: instance, rawDisks)
            return false
        case .folder, .link, .unsaid: break
        }
        var status = stat()
        guard retrying({ fstatat(folder, name, &status, 0) }) == 0 else {
            let code = errno
            // A link that leads nowhere holds nothing, and what has gone meanwhile neither.
            if code != ENOENT && code != ENOTDIR && code != ELOOP { problem(path, code) }
            return false
        }
        switch status.st_mode & S_IFMT {
        case S_IFDIR:
            self.folder(name, status, in: folder, path: path, instance: instance, level: level)
            return true
        case S_IFREG:
            disk(name, in: folder, path: path, instance: instance, rawDisks)
            return false
        default: return false
        }
    }

    private mutating func folder(
        _ name: UnsafePointer<CChar>,
        _ status: stat,
        in parent: Int32,
        path: String,
        instance: String,
        level: Int
    ) {
        let identity = FileID(status)
        guard passed.insert(identity).inserted else { return }
        if let old = known[identity], let new = FolderStamp(status, settling: settling), !old.hasFolders,
            old == new
        {
            scan.folders[identity] = old
            return
        }
        guard level < Self.depth else {
            scan.problems.add("\(path): folders lie deeper than \(Self.depth) levels")
            return
        }
        let descriptor = retrying { openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard descriptor >= 0 else { return problem(path, errno) }
        let rawDisks = DiskInfo.rawDisks(in: descriptor)
        enter(descriptor, path: path, instance: instance, level: level + 1, rawDisks: rawDisks)
    }

    private mutating func disk(
        _ name: UnsafePointer<CChar>,
        in folder: Int32,
        path: String,
        instance: String,
        _ rawDisks: Set<String>
    ) {
        let text = String(cString: name)
        // What a guest writes: its console, and disks that Nova knows to be raw. A header in it is the guest's invention.
        guard !text.hasPrefix("console.log"), !rawDisks.contains(text) else { return }
        let descriptor = retrying { openat(folder, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) }
        guard descriptor >= 0 else {
            let code = errno
            guard code != ENOENT, !DiskInfo.isText(text) else { return }
            return problem(path, code)
        }
        defer { close(descriptor) }
        chains.follow(descriptor, path: path, user: instance, &scan)
    }

    /// Notes what couldn't be looked into, unless it is gone.
    private mutating func problem(_ path: String, _ code: Int32) {
        guard code != ENOENT && code != ESTALE else { return }
        note(path, code)
    }

    private mutating func note(_ path: String, _ code: Int32) {
        scan.problems.add("\(path): \(String(cString: strerror(code)))")
    }

    private func status(of descriptor: Int32) -> stat? {
        var status = stat()
        return retrying({ fstat(descriptor, &status) }) == 0 ? status : nil
    }
}
