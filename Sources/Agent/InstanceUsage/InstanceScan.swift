import Glibc

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

/// What a scan couldn't look into: as long as there is any, nothing is known to be unused.
package struct ScanProblems: Hashable, Sendable {
    /// How many there are.
    package private(set) var count = 0
    /// The first ones, for people: what it was and what the system or the header's reader said.
    package private(set) var examples: [String] = []

    /// The most that are kept in words.
    static let listed = 8

    package init() {}

    mutating func add(_ what: String) {
        count += 1
        if examples.count < Self.listed { examples.append(what) }
    }

    mutating func add(_ others: ScanProblems) {
        count += others.count
        examples += others.examples.prefix(max(0, Self.listed - examples.count))
    }
}

/// Those who use one file: all of them counted, the first few by name.
package struct FileUsers: Hashable, Sendable {
    /// How many there are.
    package private(set) var count = 0
    /// The first ones.
    package private(set) var names: [String] = []

    /// The most that are kept by name: a base image may have thousands.
    package static let listed = 8

    /// Nobody.
    package init() {}

    /// Counts one more.
    package mutating func add(_ name: String) {
        count += 1
        if names.count < Self.listed, !names.contains(name) { names.append(name) }
    }

    /// Both together.
    package mutating func add(_ others: FileUsers) {
        count += others.count
        for name in others.names where names.count < Self.listed && !names.contains(name) {
            names.append(name)
        }
    }
}

/// A file, whatever names it has.
package struct FileID: Hashable, Sendable {
    /// The file system's number (`st_dev`).
    package let device: UInt64
    /// The file's number in it (`st_ino`).
    package let inode: UInt64

    /// Names a file by its numbers.
    package init(device: UInt64, inode: UInt64) {
        self.device = device
        self.inode = inode
    }

    init(_ status: stat) { self.init(device: UInt64(status.st_dev), inode: UInt64(status.st_ino)) }
}
