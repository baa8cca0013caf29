/// What the disks of a host's instances refer to, as found at one time.
package struct InstanceScan: Sendable {
    /// Files that a disk reaches through its chain of backing files.
    package internal(set) var files: [FileID: FileUsers] = [:]
    /// Last components of the names in those chains.
    ///
    /// Nova itself tells users by this alone (`nova/virt/libvirt/imagecache.py`, `_list_backing_images`), and where the
    /// instances were started under another path, as from within a container, nothing else leads to the file.
    package internal(set) var names: [String: FileUsers] = [:]
    /// What couldn't be looked into.
    package internal(set) var problems = ScanProblems()
    /// Files that were looked into as disks.
    package internal(set) var disks = 0
    /// Headers read, those of backing files included.
    package internal(set) var headersRead = 0
    /// Bytes read of them.
    package internal(set) var bytesRead = 0

    /// The folders' states, to pass over those that haven't changed in the next look.
    var folders: [FileID: FolderStamp] = [:]

    /// Nothing found: where there are no instances.
    package init() {}

    /// Adds what a later look found; its folders' states are the newer ones.
    package mutating func add(_ later: InstanceScan) {
        for (file, users) in later.files { files[file, default: FileUsers()].add(users) }
        for (name, users) in later.names { names[name, default: FileUsers()].add(users) }
        problems.add(later.problems)
        disks += later.disks
        headersRead += later.headersRead
        bytesRead += later.bytesRead
        folders.merge(later.folders) { $1 }
    }
}
